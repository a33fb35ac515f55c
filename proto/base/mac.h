/* The address of an Ethernet card as text. Pure. */
#ifndef VMSILO_PROTO_BASE_MAC_H
#define VMSILO_PROTO_BASE_MAC_H

#include <stdbool.h>
#include <stdint.h>

#define MAC_TEXT_SIZE 18

/* "02:00:5e:10:00:01": locally administered and unicast; of another false. */
bool mac_parse(const char *text, uint8_t ret[6]);
void mac_print(const uint8_t mac[6], char ret[MAC_TEXT_SIZE]);

#endif
