/* Which locales there are: folders of /usr/lib/locale, or names in its locale-archive (localedef(1)
 * writes either), where the codeset is in small letters and without marks: "de_DE.utf8". */
#include <ctype.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-agent/setup/files.h"
#include "guest-agent/setup/places.h"
#include "proto/base/cleanup.h"

#define LOCALES "usr/lib/locale"
#define ARCHIVE_MAGIC 0xde020109 /* glibc, locale/locarchive.h */
#define ARCHIVE_STRINGS_MAX (1024 * 1024)
#define FALLBACK "C.UTF-8" /* which is built into the C library */

/* The beginning of glibc's struct locarhead. */
struct archive_head {
	uint32_t magic, serial;
	uint32_t namehash_offset, namehash_used, namehash_size;
	uint32_t string_offset, string_used, string_size;
};

static void name_normalize(const char *locale, char ret[SETUP_NAME_MAX + 1])
{
	bool codeset = false;

	for (; *locale; locale++) {
		codeset = *locale == '.' || (codeset && *locale != '@');
		if (!codeset || *locale == '.')
			*ret++ = *locale;
		else if (isalnum((unsigned char)*locale))
			*ret++ = (char)tolower((unsigned char)*locale);
	}
	*ret = '\0';
}

/* Between the null bytes that end it and the name before it. */
static bool strings_have(const char *strings, size_t length, const char *name)
{
	char wanted[SETUP_NAME_MAX + 3];
	int size = snprintf(wanted, sizeof(wanted), "%c%s", '\0', name) + 1;

	return (length >= (size_t)size - 1 && memcmp(strings, name, (size_t)size - 1) == 0) ||
	       memmem(strings, length, wanted, (size_t)size);
}

static bool archive_has(const char *root, const char *name)
{
	char place[PATH_MAX];
	struct archive_head head;

	if (!files_path(root, LOCALES "/locale-archive", place))
		return false;
	_cleanup_close_ int fd = open(place, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &head, sizeof(head), 0) != sizeof(head) ||
		head.magic != ARCHIVE_MAGIC || head.string_used > ARCHIVE_STRINGS_MAX)
		return false;
	_cleanup_free_ char *strings = malloc(head.string_used + (size_t)1);
	return strings &&
	       pread(fd, strings, head.string_used, head.string_offset) ==
		       (ssize_t)head.string_used &&
	       strings_have(strings, head.string_used, name);
}

static bool is_there(const char *root, const char *locale)
{
	char name[SETUP_NAME_MAX + 1], folder[sizeof(LOCALES "/") + SETUP_NAME_MAX];

	if (strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
		return true;
	name_normalize(locale, name);
	if (strcmp(name, "C.utf8") == 0)
		return true;
	snprintf(folder, sizeof(folder), LOCALES "/%s", name);
	return files_has(root, folder) || archive_has(root, name);
}

static void locale_write(const char *root, const char *locale, struct problems *problems)
{
	char line[sizeof("LANG=\n") + SETUP_NAME_MAX];
	int code = 0;

	snprintf(line, sizeof(line), "LANG=%s\n", locale);
	if (files_has(root, "etc/default"))
		code = files_write(root, "etc/default/locale", line, 0644);
	if (code == 0)
		code = files_write(root, "etc/locale.conf", line, 0644);
	if (code < 0)
		problems_add(problems, "cannot set the locale: %s", strerror(-code));
}

void locale_apply(const char *root, const char *locale, char ret[SETUP_NAME_MAX + 1],
	struct problems *problems)
{
	bool there = is_there(root, locale);

	ret[0] = '\0';
	if (!locale[0] && (!files_has(root, LOCALES) || files_has(root, "etc/default/locale") ||
				  files_has(root, "etc/locale.conf")))
		return;
	/* Without any, programs would take a name that is no ASCII for bytes. */
	if (!locale[0])
		locale = FALLBACK;
	/* An image without any is one in which nobody misses it. */
	if (!there && files_has(root, LOCALES))
		problems_add(
			problems, "the image has no locale %s: programs use " FALLBACK, locale);
	snprintf(ret, SETUP_NAME_MAX + 1, "%s", there ? locale : FALLBACK);
	locale_write(root, ret, problems);
}
