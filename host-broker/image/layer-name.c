#include "host-broker/image/layer-name.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

void layer_name_format(const char *image, unsigned int generation, char ret[LAYER_NAME_SIZE])
{
	snprintf(ret, LAYER_NAME_SIZE, "layer-%.32s-%u.img", image, generation);
}

bool layer_name_parse(const char *name, const char *image, unsigned int *ret_generation)
{
	const char *number = strrchr(name, '-');
	char again[LAYER_NAME_SIZE];
	unsigned int generation;

	if (!number || sscanf(number, "-%9u.img", &generation) != 1)
		return false;
	layer_name_format(image, generation, again);
	if (strcmp(again, name) != 0)
		return false;
	*ret_generation = generation;
	return true;
}

bool layer_find(const char *folder, const char *image, unsigned int *ret_generation)
{
	DIR *entries = opendir(folder);
	const struct dirent *entry;
	unsigned int generation;
	bool found = false;

	while (entries && (entry = readdir(entries)))
		if (layer_name_parse(entry->d_name, image, &generation) &&
			(!found || generation > *ret_generation)) {
			*ret_generation = generation;
			found = true;
		}
	if (entries)
		closedir(entries);
	return found;
}
