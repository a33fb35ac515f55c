/* Runs each file of the folders named as arguments through the fuzz target once: the corpus as a
 * plain test. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[4096]; /* of the input that runs */
static int report_fd;   /* a target may put others in place of stdout and stderr */

static void on_abort(int number)
{
	static const char words[] = "it failed with this input: ";

	(void)!write(report_fd, words, sizeof(words) - 1);
	(void)!write(report_fd, path, strlen(path));
	(void)!write(report_fd, "\n", 1);
	signal(number, SIG_DFL);
	raise(number);
}

static int replay_file(const char *folder, const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		return 1;
	}
	/* On the heap and of the exact size, so that a sanitizer sees a read beyond the end. */
	size_t size = 0;
	uint8_t *data = NULL;
	for (int c = getc(file); c != EOF; c = getc(file)) {
		data = realloc(data, size + 1);
		if (data == NULL)
			abort();
		data[size++] = (uint8_t)c;
	}
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0, count = 0;

	report_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
	signal(SIGABRT, on_abort);
	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);
		if (folder == NULL) {
			perror(argv[i]);
			return 1;
		}
		for (struct dirent *entry = readdir(folder); entry != NULL;
			entry = readdir(folder)) {
			if (entry->d_name[0] == '.')
				continue;
			failed |= replay_file(argv[i], entry->d_name);
			count++;
		}
		closedir(folder);
	}
	printf("%d inputs\n", count);
	return count == 0 ? 1 : failed;
}
