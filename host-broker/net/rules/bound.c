#include "host-broker/net/rules/bound.h"

#include "host-broker/net/rules/rules.h"
#include "proto/limits.h"

#define TEXT(number) TEXT_(number)
#define TEXT_(number) #number

/* The kernel takes a number only as text. */
_Static_assert(BOUND_INTERFACES_MAX == 2 * NET_VMS_MAX, "two interfaces of each VM");

const char *bound_table(void)
{
	return "table inet vmsilo-bound\n"
	       "delete table inet vmsilo-bound\n"
	       "table inet vmsilo-bound {\n"
	       "\tset flows {\n"
	       "\t\ttype ifname\n"
	       "\t\tsize " TEXT(
		       BOUND_INTERFACES_MAX) "\n"
					     "\t\tflags dynamic\n"
					     "\t}\n"
					     "\tchain prerouting {\n"
					     "\t\ttype filter hook prerouting priority mangle; "
					     "policy accept;\n"
					     "\t\tiifname { \"lo\", \"" NET_OUT "\" } accept\n"
					     "\t\tct state new add @flows { iifname ct count "
					     "over " TEXT(
						     BOUND_FLOWS_MAX) " } meta mark set " BOUND_MARK
								      "\n"
								      "\t}\n"
								      "}\n";
}
