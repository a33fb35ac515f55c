#include "tray/windows/draw/label.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"

void label_title(char *out, size_t size, const char *untrusted_title)
{
	text_strip(out, size, untrusted_title, false);
}

void label_make(char *out, size_t size, const char *vm, const char *untrusted_title)
{
	int length = snprintf(out, size, "[%s] ", vm);

	if (length > 0 && (size_t)length < size)
		label_title(out + length, size - (size_t)length, untrusted_title);
}

void label_app_id(char *out, size_t size, const char *vm, const char *untrusted_app_id)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
	int length = snprintf(out, size, "vmsilo.%s.", vm);

	for (const char *at = untrusted_app_id; *at && (size_t)length + 1 < size; at++)
		out[length++] = (char)(strchr(plain, *at) ? *at : '_');
	out[length] = '\0';
}

static double linear(uint8_t channel)
{
	double value = channel / 255.0;

	return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(struct colour colour)
{
	return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) +
	       0.0722 * linear(colour.blue);
}

double label_contrast(struct colour a, struct colour b)
{
	double first = luminance(a), second = luminance(b);

	return first > second ? (first + 0.05) / (second + 0.05) : (second + 0.05) / (first + 0.05);
}

struct colour label_ink(struct colour ground)
{
	static const struct colour black = {0, 0, 0}, white = {255, 255, 255};

	return label_contrast(ground, black) >= label_contrast(ground, white) ? black : white;
}

struct colour label_dim(struct colour colour)
{
	return (struct colour){(uint8_t)(colour.red * 7 / 10), (uint8_t)(colour.green * 7 / 10),
		(uint8_t)(colour.blue * 7 / 10)};
}
