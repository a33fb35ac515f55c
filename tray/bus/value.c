#include "tray/bus/value.h"

#define PIXMAP_SIDE_MAX 2048 /* of a program in the guest, before it is shrunk */

/* ---- writing ---- */

static const char *signature_of(int type)
{
	static const struct {
		int type;
		const char *signature;
	} basic[] = {{DBUS_TYPE_STRING, "s"}, {DBUS_TYPE_OBJECT_PATH, "o"},
		{DBUS_TYPE_BOOLEAN, "b"}, {DBUS_TYPE_INT32, "i"}, {DBUS_TYPE_UINT32, "u"},
		{DBUS_TYPE_BYTE, "y"}};

	for (size_t i = 0; i < sizeof(basic) / sizeof(basic[0]); i++)
		if (basic[i].type == type)
			return basic[i].signature;
	return "s";
}

void value_put_string(DBusMessageIter *to, const char *text)
{
	dbus_message_iter_append_basic(to, DBUS_TYPE_STRING, &text);
}

void value_put_variant(DBusMessageIter *to, int type, const void *value)
{
	DBusMessageIter variant;

	if (!dbus_message_iter_open_container(to, DBUS_TYPE_VARIANT, signature_of(type), &variant))
		return;
	dbus_message_iter_append_basic(&variant, type, value);
	dbus_message_iter_close_container(to, &variant);
}

void value_put_entry(DBusMessageIter *dict, const char *key, int type, const void *value)
{
	DBusMessageIter entry;

	if (!dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
		return;
	dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key);
	value_put_variant(&entry, type, value);
	dbus_message_iter_close_container(dict, &entry);
}

static void put_bytes(DBusMessageIter *to, const uint8_t *bytes, size_t length)
{
	DBusMessageIter array;

	if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "y", &array))
		return;
	if (length > 0)
		dbus_message_iter_append_fixed_array(&array, DBUS_TYPE_BYTE, &bytes, (int)length);
	dbus_message_iter_close_container(to, &array);
}

void value_put_entry_bytes(
	DBusMessageIter *dict, const char *key, const uint8_t *bytes, size_t length)
{
	DBusMessageIter entry, variant;

	if (!dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
		return;
	dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key);
	if (dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "ay", &variant)) {
		put_bytes(&variant, bytes, length);
		dbus_message_iter_close_container(&entry, &variant);
	}
	dbus_message_iter_close_container(dict, &entry);
}

static void put_pixmap(DBusMessageIter *array, const struct picture *picture)
{
	dbus_int32_t width = (dbus_int32_t)picture->width, height = (dbus_int32_t)picture->height;
	DBusMessageIter pixmap;

	if (!dbus_message_iter_open_container(array, DBUS_TYPE_STRUCT, NULL, &pixmap))
		return;
	dbus_message_iter_append_basic(&pixmap, DBUS_TYPE_INT32, &width);
	dbus_message_iter_append_basic(&pixmap, DBUS_TYPE_INT32, &height);
	put_bytes(&pixmap, picture->pixels, (size_t)picture->width * picture->height * 4);
	dbus_message_iter_close_container(array, &pixmap);
}

void value_put_pixmaps(DBusMessageIter *to, const struct picture *pictures, size_t count)
{
	DBusMessageIter array;

	if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "(iiay)", &array))
		return;
	for (size_t i = 0; i < count; i++)
		if (!picture_is_empty(&pictures[i]))
			put_pixmap(&array, &pictures[i]);
	dbus_message_iter_close_container(to, &array);
}

/* ---- reading ---- */

void value_unwrap(DBusMessageIter *value, DBusMessageIter *ret)
{
	DBusMessageIter inner = *value;

	while (dbus_message_iter_get_arg_type(&inner) == DBUS_TYPE_VARIANT) {
		DBusMessageIter outer = inner;
		dbus_message_iter_recurse(&outer, &inner);
	}
	*ret = inner;
}

bool value_get_string(DBusMessageIter *value, const char **ret)
{
	DBusMessageIter inner;

	value_unwrap(value, &inner);
	int type = dbus_message_iter_get_arg_type(&inner);
	if (type != DBUS_TYPE_STRING && type != DBUS_TYPE_OBJECT_PATH)
		return false;
	dbus_message_iter_get_basic(&inner, ret);
	return true;
}

bool value_get_bool(DBusMessageIter *value, bool *ret)
{
	DBusMessageIter inner;
	dbus_bool_t is;

	value_unwrap(value, &inner);
	if (dbus_message_iter_get_arg_type(&inner) != DBUS_TYPE_BOOLEAN)
		return false;
	dbus_message_iter_get_basic(&inner, &is);
	*ret = is;
	return true;
}

bool value_get_integer(DBusMessageIter *value, int64_t *ret)
{
	DBusMessageIter inner;
	DBusBasicValue basic;

	value_unwrap(value, &inner);
	int type = dbus_message_iter_get_arg_type(&inner);
	if (!dbus_type_is_basic(type) || type == DBUS_TYPE_STRING || type == DBUS_TYPE_UNIX_FD)
		return false;
	if (type == DBUS_TYPE_OBJECT_PATH || type == DBUS_TYPE_SIGNATURE)
		return false;
	dbus_message_iter_get_basic(&inner, &basic);
	switch (type) {
	case DBUS_TYPE_BYTE:
		*ret = basic.byt;
		return true;
	case DBUS_TYPE_INT16:
		*ret = basic.i16;
		return true;
	case DBUS_TYPE_UINT16:
		*ret = basic.u16;
		return true;
	case DBUS_TYPE_INT32:
		*ret = basic.i32;
		return true;
	case DBUS_TYPE_UINT32:
		*ret = basic.u32;
		return true;
	case DBUS_TYPE_INT64:
		*ret = basic.i64;
		return true;
	default:
		return false;
	}
}

bool value_get_bytes(DBusMessageIter *value, const uint8_t **ret, size_t *ret_length)
{
	DBusMessageIter inner, array;
	int count = 0;

	value_unwrap(value, &inner);
	if (dbus_message_iter_get_arg_type(&inner) != DBUS_TYPE_ARRAY ||
		dbus_message_iter_get_element_type(&inner) != DBUS_TYPE_BYTE)
		return false;
	dbus_message_iter_recurse(&inner, &array);
	dbus_message_iter_get_fixed_array(&array, ret, &count);
	*ret_length = (size_t)count;
	return true;
}

bool value_array_begin(DBusMessageIter *value, DBusMessageIter *ret)
{
	DBusMessageIter inner;

	value_unwrap(value, &inner);
	if (dbus_message_iter_get_arg_type(&inner) != DBUS_TYPE_ARRAY)
		return false;
	dbus_message_iter_recurse(&inner, ret);
	return true;
}

bool value_array_next(DBusMessageIter *array, DBusMessageIter *ret, bool *first)
{
	if (!*first)
		dbus_message_iter_next(array);
	*first = false;
	if (dbus_message_iter_get_arg_type(array) == DBUS_TYPE_INVALID)
		return false;
	*ret = *array;
	return true;
}

bool value_get_entry(DBusMessageIter *element, const char **ret_key, DBusMessageIter *ret_value)
{
	DBusMessageIter entry;

	if (dbus_message_iter_get_arg_type(element) != DBUS_TYPE_DICT_ENTRY)
		return false;
	dbus_message_iter_recurse(element, &entry);
	if (!value_get_string(&entry, ret_key) || !dbus_message_iter_next(&entry))
		return false;
	value_unwrap(&entry, ret_value);
	return true;
}

/* Its pixels stay the message's. */
static bool get_pixmap(DBusMessageIter *element, struct picture *ret)
{
	DBusMessageIter pixmap;
	int64_t width = 0, height = 0;
	const uint8_t *bytes;
	size_t length;

	if (dbus_message_iter_get_arg_type(element) != DBUS_TYPE_STRUCT)
		return false;
	dbus_message_iter_recurse(element, &pixmap);
	if (!value_get_integer(&pixmap, &width) || !dbus_message_iter_next(&pixmap) ||
		!value_get_integer(&pixmap, &height) || !dbus_message_iter_next(&pixmap) ||
		!value_get_bytes(&pixmap, &bytes, &length))
		return false;
	if (width < 1 || height < 1 || width > PIXMAP_SIDE_MAX || height > PIXMAP_SIDE_MAX ||
		length != (size_t)(width * height * 4))
		return false;
	*ret = (struct picture){
		.width = (uint32_t)width, .height = (uint32_t)height, .pixels = (uint8_t *)bytes};
	return true;
}

void value_get_pixmaps(DBusMessageIter *value, uint32_t side_max, struct picture *ret)
{
	DBusMessageIter array, element;
	struct picture largest = {0}, here;
	bool first = true;

	*ret = (struct picture){0};
	if (!value_array_begin(value, &array))
		return;
	while (value_array_next(&array, &element, &first))
		if (get_pixmap(&element, &here) && here.width > largest.width)
			largest = here;
	picture_fit(&largest, side_max, ret);
}
