#include "guest-agent/program/children.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-agent/program/pam-helper.h"
#include "proto/base/cleanup.h"

int children_adopt(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* The program's name may hold blanks and parentheses: what follows begins after the last of these.
 */
bool children_parse(const char *text, pid_t *ret_parent, bool *ret_ended)
{
	const char *at = strrchr(text, ')');
	char state;
	int parent;

	if (!at || sscanf(at + 1, " %c %d", &state, &parent) != 2)
		return false;
	*ret_parent = parent;
	*ret_ended = state == 'Z' || state == 'X';
	return true;
}

bool children_is_keeper(const char *text)
{
	static const char name[] = "(" PAM_HELPER_KEEPER ") ";
	const char *at = strchr(text, '(');

	return at && strncmp(at, name, sizeof(name) - 1) == 0;
}

/* Any program may have that name, but root's are no guest of the guest. */
static bool is_keeper(int fd, const char *text)
{
	struct stat status;

	return children_is_keeper(text) && fstat(fd, &status) == 0 && status.st_uid == 0;
}

static bool is_child(const char *pid)
{
	char path[64], text[1024];
	pid_t parent;
	bool ended;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return children_parse(text, &parent, &ended) && parent == getpid() && !ended &&
	       !is_keeper(fd, text);
}

uint32_t children_count(void)
{
	DIR *directory = opendir("/proc");
	const struct dirent *entry;
	uint32_t count = 0;

	if (!directory)
		return 0;
	while ((entry = readdir(directory)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			count += is_child(entry->d_name);
	closedir(directory);
	return count;
}
