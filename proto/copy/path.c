#include "proto/copy/path.h"

#include "proto/base/text.h"

size_t copy_path_add(struct copy_path *path, const void *untrusted_name, size_t length)
{
	size_t before = path->length;

	if (before > 0 && before + 1 < sizeof(path->text))
		path->text[path->length++] = '/';
	path->length += text_escape(path->text + path->length, sizeof(path->text) - path->length,
		untrusted_name, length);
	return before;
}

void copy_path_cut(struct copy_path *path, size_t length)
{
	path->length = length;
	path->text[length] = '\0';
}
