#include "host-broker/net/dns/answer.h"

#include <ctype.h>
#include <string.h>

#define HEADER_SIZE 12
#define RECORD_SIZE 10 /* behind its name */
#define JUMPS_MAX 16

enum { CODE_FAILURE = 2, CODE_UNKNOWN = 4, CODE_REFUSED = 5 };
enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28, CLASS_IN = 1 };

struct reader {
	const uint8_t *untrusted;
	size_t length, at;
};

static bool number_take(struct reader *reader, uint16_t *ret)
{
	if (reader->length - reader->at < 2)
		return false;
	*ret = (uint16_t)(reader->untrusted[reader->at] << 8 | reader->untrusted[reader->at + 1]);
	reader->at += 2;
	return true;
}

/* One label, in lower case; a byte that no name has makes the name one that nobody allows. */
static bool label_add(const uint8_t *untrusted, size_t size, char *name, size_t *length)
{
	if (*length + size + 1 > NET_NAME_MAX)
		return false;
	if (*length > 0)
		name[(*length)++] = '.';
	for (size_t i = 0; i < size; i++) {
		bool good = isalnum(untrusted[i]) || untrusted[i] == '-' || untrusted[i] == '_';
		name[(*length)++] = (char)(good ? tolower(untrusted[i]) : '?');
	}
	name[*length] = '\0';
	return true;
}

/* Goes behind the name; what it points to lies before. */
static bool name_take(struct reader *reader, char ret[NET_NAME_MAX + 1])
{
	size_t at = reader->at, length = 0;
	unsigned int jumps = 0;

	ret[0] = '\0';
	while (at < reader->length) {
		uint8_t size = reader->untrusted[at++];
		if (size >= 0xc0) {
			if (at == reader->length || jumps == JUMPS_MAX)
				return false;
			if (jumps++ == 0)
				reader->at = at + 1;
			at = (size_t)(size & 0x3f) << 8 | reader->untrusted[at];
			continue;
		}
		if (size == 0) {
			if (jumps == 0)
				reader->at = at;
			return true;
		}
		if (size > NET_LABEL_MAX || size > reader->length - at ||
			!label_add(reader->untrusted + at, size, ret, &length))
			return false;
		at += size;
	}
	return false;
}

/* ---- records ---- */

struct record {
	char name[NET_NAME_MAX + 1];
	uint16_t type, class, size;
	size_t at; /* its data */
};

static bool record_take(struct reader *reader, struct record *ret)
{
	uint16_t ttl_high, ttl_low;

	if (!name_take(reader, ret->name) || reader->length - reader->at < RECORD_SIZE ||
		!number_take(reader, &ret->type) || !number_take(reader, &ret->class) ||
		!number_take(reader, &ttl_high) || !number_take(reader, &ttl_low) ||
		!number_take(reader, &ret->size) || ret->size > reader->length - reader->at)
		return false;
	ret->at = reader->at;
	reader->at += ret->size;
	return true;
}

static void address_add(
	const struct reader *reader, const struct record *record, struct dns_answer *ret)
{
	bool v4 = record->type == TYPE_A;

	if (record->size != (v4 ? 4 : 16) || ret->count == DNS_ADDRESSES_MAX)
		return;
	struct net_address *address = &ret->addresses[ret->count++];
	*address = (struct net_address){.family = v4 ? AF_INET : AF_INET6};
	memcpy(address->bytes, reader->untrusted + record->at, record->size);
}

/* Of one name. True: it is called otherwise, and in name is how. */
static bool records_look(const struct reader *answers, uint16_t count, char name[NET_NAME_MAX + 1],
	struct dns_answer *ret)
{
	struct reader reader = *answers, alias = *answers;
	struct record record;
	char found[NET_NAME_MAX + 1] = "";

	for (uint16_t i = 0; i < count && record_take(&reader, &record); i++) {
		if (record.class != CLASS_IN || strcmp(record.name, name) != 0)
			continue;
		if (record.type == TYPE_A || record.type == TYPE_AAAA)
			address_add(&reader, &record, ret);
		alias.at = record.at;
		if (record.type == TYPE_CNAME && !name_take(&alias, found))
			return false;
	}
	if (!found[0])
		return false;
	memcpy(name, found, sizeof(found));
	return true;
}

/* One question, and an answer without an error. */
static bool header_take(struct reader *reader, uint16_t *ret_answers)
{
	uint16_t id, flags, questions, authorities, others;

	return number_take(reader, &id) && number_take(reader, &flags) &&
	       number_take(reader, &questions) && number_take(reader, ret_answers) &&
	       number_take(reader, &authorities) && number_take(reader, &others) &&
	       (flags & 0xf80f) == 0x8000 && questions == 1;
}

bool dns_answer_parse(const uint8_t *untrusted, size_t length, struct dns_answer *ret)
{
	struct reader reader = {.untrusted = untrusted, .length = length};
	char name[NET_NAME_MAX + 1];
	uint16_t answers, type, class;

	memset(ret, 0, sizeof(*ret));
	if (!header_take(&reader, &answers) || !name_take(&reader, ret->name) ||
		!number_take(&reader, &type) || !number_take(&reader, &class) ||
		class != CLASS_IN || (type != TYPE_A && type != TYPE_AAAA))
		return false;
	memcpy(name, ret->name, sizeof(name));
	answers = answers < DNS_RECORDS_MAX ? answers : DNS_RECORDS_MAX;
	for (int i = 0; i <= DNS_ALIASES_MAX && records_look(&reader, answers, name, ret); i++)
		;
	return ret->count > 0;
}

bool dns_answer_is_refusal(const uint8_t *untrusted, size_t length)
{
	int code = length < HEADER_SIZE ? 0 : untrusted[3] & 0x0f;

	return code == CODE_FAILURE || code == CODE_UNKNOWN || code == CODE_REFUSED;
}

/* Whether it is all (TC) and that it was proven (AD) went with what it had; a name that is not
 * there stays so. */
size_t dns_answer_strip6(uint8_t *untrusted, size_t length)
{
	struct reader reader = {.untrusted = untrusted, .length = length, .at = HEADER_SIZE};
	char name[NET_NAME_MAX + 1];
	uint16_t type, class;

	if (length < HEADER_SIZE || !(untrusted[2] & 0x80) || untrusted[4] != 0 ||
		untrusted[5] != 1 || !name_take(&reader, name) || !number_take(&reader, &type) ||
		!number_take(&reader, &class) || type != TYPE_AAAA || class != CLASS_IN)
		return length;
	untrusted[2] &= (uint8_t)~0x02;
	untrusted[3] &= (uint8_t)~0x20;
	memset(untrusted + 6, 0, HEADER_SIZE - 6);
	return reader.at;
}
