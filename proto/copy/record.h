/*
 * The records of a copy: what `vm-copy` and its counterpart at the session's other end say to each
 * other on the session's stdin and stdout. Pure: shapes and lengths only; proto/copy/rules.h judges
 * what they mean and when they may come.
 *
 *     0        4      5
 *     | length | type | body ... |     little-endian; length counts the body
 *
 *   sender                                  receiver
 *   BEGIN, ITEM for each thing named  --->
 *                                     <---  GO (which of them), or ERROR
 *   FILE, DATA and HOLE ..., FILE_END,
 *   FOLDER ... FOLDER_END, LINK,
 *   SKIPPED                           --->
 *                                     <---  COUNTS, now and then
 *   END                               --->
 *                                     <---  DONE, when all is in its place
 *
 * ABORT and ERROR carry a sentence, are the last record of their side, and may come at any time.
 */
#ifndef VMSILO_PROTO_COPY_RECORD_H
#define VMSILO_PROTO_COPY_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define COPY_VERSION 3 /* 2: FILE_END; 3: FILE has no size */
#define COPY_HEADER_SIZE 5
#define COPY_NAME_MAX 255          /* bytes: NAME_MAX, and what its length's one byte can say */
#define COPY_DATA_MAX (64 * 1024)  /* bytes of a DATA record */
#define COPY_TARGET_MAX 4095       /* bytes of a link's target: PATH_MAX */
#define COPY_TEXT_MAX 1024         /* bytes of a sentence */
#define COPY_ITEMS_MAX (64 * 1024) /* named in one copy; one byte each in GO */
#define COPY_MODE_MAX 0777         /* no set-user-id, set-group-id, sticky */
#define COPY_TIME_MAX \
	(INT64_C(1) << 36) /* seconds either side of 1970: more than ext4, XFS keep \
			    */

enum copy_type {
	COPY_BEGIN = 1,
	COPY_ITEM,
	COPY_FOLDER,
	COPY_FOLDER_END,
	COPY_FILE,
	COPY_DATA,
	COPY_HOLE, /* size bytes of zeros that take no room */
	COPY_LINK,
	COPY_SKIPPED, /* the sender left something out, as it was told to */
	COPY_END,
	COPY_ABORT,
	COPY_FILE_END,
	COPY_GO = 32,
	COPY_COUNTS,
	COPY_DONE,
	COPY_ERROR,
};

/* What the receiver has: the only figures that are shown. */
struct copy_counts {
	uint64_t bytes;
	uint64_t files;
	uint64_t folders;
	uint64_t links;
	uint64_t skipped;
};

/* Borrowed of the bytes that were decoded; not terminated. */
struct copy_span {
	const uint8_t *bytes;
	size_t length;
};

struct copy_record {
	enum copy_type type;
	uint32_t version;        /* BEGIN */
	uint32_t items;          /* BEGIN: how many ITEMs follow */
	uint32_t is_folder;      /* ITEM: 0 or 1 */
	uint32_t mode;           /* FOLDER, FILE */
	int64_t seconds;         /* FOLDER, FILE, LINK: time of modification */
	uint32_t nanoseconds;    /* likewise */
	uint64_t size;           /* HOLE */
	struct copy_span name;   /* ITEM, FOLDER, FILE, LINK */
	struct copy_span body;   /* DATA, GO (1 for what is wanted), LINK's target, a sentence */
	struct copy_counts done; /* COUNTS, DONE */
};

/*
 * The record at the front of bytes. Returns its whole length; 0 when more bytes are needed; or
 * UV_EPROTO: an unknown type, or a length or number beyond its bounds, which is seen from the
 * header, before the body has come, where the length tells.
 */
int64_t copy_record_decode(const uint8_t *bytes, size_t length, struct copy_record *ret);

/* The largest record. */
#define COPY_RECORD_MAX (COPY_HEADER_SIZE + 24 + 1 + COPY_NAME_MAX + COPY_DATA_MAX)

/* Writes the record, within its bounds (asserted), to out, which has COPY_RECORD_MAX bytes. Returns
 * its length. */
size_t copy_record_encode(uint8_t *out, const struct copy_record *record);
/* Of a record that is all body: what stands before it. */
size_t copy_record_encode_header(uint8_t *out, const struct copy_record *record);

#endif
