#include "proto/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "proto/limits.h"

/* Length of the well-formed sequence at bytes, with its code point; 0 when it is not one. The
 * smallest code point of each length rules overlong forms out. */
static size_t utf8_decode(const unsigned char *bytes, size_t length, uint32_t *ret)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t smallest;
	} forms[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t i = 0; i < 4; i++) {
		if ((bytes[0] & forms[i].mask) != forms[i].lead)
			continue;
		uint32_t point = bytes[0] & (unsigned char)~forms[i].mask;
		if (length < i + 1)
			return 0;
		for (size_t k = 1; k <= i; k++) {
			if ((bytes[k] & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (bytes[k] & 0x3f);
		}
		if (point < forms[i].smallest || point > 0x10ffff ||
			(point >= 0xd800 && point <= 0xdfff))
			return 0;
		*ret = point;
		return i + 1;
	}
	return 0;
}

bool text_is_utf8(const char *bytes, size_t length)
{
	uint32_t point;

	for (size_t at = 0; at < length;) {
		size_t used = utf8_decode((const unsigned char *)bytes + at, length - at, &point);
		if (used == 0 || point == 0)
			return false;
		at += used;
	}
	return true;
}

static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x061c ||
	       point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x206f);
}

bool text_has_controls(const char *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		uint32_t point = (unsigned char)bytes[at];
		size_t used = utf8_decode((const unsigned char *)bytes + at, length - at, &point);
		if (is_control(point))
			return true;
		at += used > 0 ? used : 1;
	}
	return false;
}

static bool is_made_of(const char *text, size_t max, const char *allowed)
{
	size_t length = strnlen(text, max + 1);

	return length > 0 && length <= max && strspn(text, allowed) == length;
}

bool text_is_vm_name(const char *name)
{
	return name[0] >= 'a' && name[0] <= 'z' &&
	       is_made_of(name, VM_NAME_MAX, "abcdefghijklmnopqrstuvwxyz0123456789-_");
}

bool text_is_user_name(const char *name)
{
	return name[0] != '-' &&
	       is_made_of(name, USER_NAME_MAX,
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
}

bool text_is_service_name(const char *name)
{
	return name[0] != '.' && name[0] != '-' &&
	       is_made_of(name, SERVICE_NAME_MAX,
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-");
}

/* Controls (C0, DEL, C1), line and paragraph separators, the bidirectional controls, which could
 * make a line read otherwise than it is (Unicode TR 36), and what has no look of its own
 * (Default_Ignorable_Code_Point), with which two lines that look alike are not the same. */
static bool is_printable(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} refused[] = {{0x00, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x034f, 0x034f}, {0x061c, 0x061c},
		{0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},
		{0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},
		{0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
		{0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (point >= refused[i].first && point <= refused[i].last)
			return false;
	return true;
}

size_t text_escape(char *out, size_t size, const char *bytes, size_t length)
{
	size_t written = 0;

	if (size == 0)
		return 0;
	for (size_t at = 0; at < length;) {
		const unsigned char *here = (const unsigned char *)bytes + at;
		uint32_t point;
		size_t used = utf8_decode(here, length - at, &point);
		bool plain = used > 0 && is_printable(point);
		size_t need = plain ? used : 4;

		if (written + need >= size)
			break;
		if (plain)
			memcpy(out + written, here, used);
		else
			snprintf(out + written, 5, "\\x%02x", here[0]);
		written += need;
		at += plain ? used : 1;
	}
	out[written] = '\0';
	return written;
}

size_t text_strip(char *out, size_t size, const char *text, bool lines)
{
	size_t length = strlen(text), written = 0;

	for (size_t at = 0; at < length;) {
		const unsigned char *here = (const unsigned char *)text + at;
		uint32_t point;
		size_t used = utf8_decode(here, length - at, &point);
		bool blank = here[0] == '\n' || here[0] == '\t';

		at += used > 0 ? used : 1;
		if (used == 0 || (!blank && !is_printable(point)))
			continue;
		if (written + used >= size)
			break;
		if (blank && !(lines && here[0] == '\n'))
			out[written] = ' ';
		else
			memcpy(out + written, here, used);
		written += used;
	}
	if (size > 0)
		out[written] = '\0';
	return written;
}
