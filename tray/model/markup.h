/*
 * Nothing of a guest is ever markup. Pure; text is UTF-8 that text_strip() has been over.
 *
 * Where a specification says that text is markup (a tooltip's, the body of a notification where the
 * service has body-markup) it is escaped. Where it says that text is plain, panels differ: some
 * show titles as markup, some as they are. There the three characters that can begin markup are
 * replaced by others that look like them, which is right in both.
 */
#ifndef VMSILO_TRAY_MODEL_MARKUP_H
#define VMSILO_TRAY_MODEL_MARKUP_H

#include <stddef.h>

/* A text grows at most by these factors. */
#define MARKUP_ESCAPE_FACTOR 6
#define MARKUP_DEFUSE_FACTOR 3

/* & < > " ' become entities. Cuts between them at size. Returns the length of the result. */
size_t markup_escape(char *out, size_t size, const char *text);
/* & < > become U+FF06 U+2039 U+203A. */
size_t markup_defuse(char *out, size_t size, const char *text);

#endif
