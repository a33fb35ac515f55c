/* Names of layers that are kept: each says which generation of which image it lies over, since over
 * another it would be nonsense. */
#ifndef VMSILO_BROKER_IMAGE_LAYER_NAME_H
#define VMSILO_BROKER_IMAGE_LAYER_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define LAYER_NAME_SIZE 80

/* "layer-IMAGE-N.img" */
void layer_name_format(const char *image, unsigned int generation, char ret[LAYER_NAME_SIZE]);
/* The image is a VM's `image:`. */
bool layer_name_parse(const char *name, const char *image, unsigned int *ret_generation);
/* The layer in folder over that image; of several the newest. False: there is none. */
bool layer_find(const char *folder, const char *image, unsigned int *ret_generation);

#endif
