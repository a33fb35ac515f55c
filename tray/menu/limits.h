/* Bounds of the menu, with their reasons. An image's record is what a package of its said, so that
 * all of it is bounded; who writes the record leaves out what is beyond. */
#ifndef VMSILO_TRAY_MENU_LIMITS_H
#define VMSILO_TRAY_MENU_LIMITS_H

#define MENU_PROGRAMS_MAX 256   /* of an image; a full desktop has some 100 */
#define MENU_NAME_MAX 128       /* bytes of a program's name */
#define MENU_LOCALE_MAX 16      /* bytes: "ca@valencia" */
#define MENU_LOCALES_MAX 160    /* firefox has 100 */
#define MENU_ARGUMENTS_MAX 64   /* of a command */
#define MENU_ARGUMENT_MAX 1024  /* bytes of each */
#define MENU_MIME_MAX 256       /* types; LibreOffice has 100 */
#define MENU_MIME_BYTES_MAX 127 /* RFC 6838, section 4.2: 127 and 127 */
#define MENU_ICON_SIDE 128      /* pixels; a menu's have 16 to 64, twice that on fine screens */
#define MENU_ICON_BYTES_MAX (64 * 1024) /* of the PNG */
#define MENU_RECORD_BYTES_MAX (32 * 1024 * 1024)
#define MENU_FILES_MAX 64 /* that are opened at once */

#endif
