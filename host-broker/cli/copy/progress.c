#include "host-broker/cli/copy/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

/* 999 B, 1.0 kB, 999.9 kB ...: powers of 1000, as scp and docker have them. */
static void bytes_format(char *out, size_t size, double bytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	int unit = -1;

	while (bytes >= 999.95 && unit < 5) {
		bytes /= 1000;
		unit++;
	}
	if (unit < 0)
		snprintf(out, size, "%.0f B", bytes);
	else
		snprintf(out, size, "%.1f %s", bytes, units[unit]);
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void copy_progress_format(
	char *out, size_t size, const struct copy_counts *counts, uint64_t nanoseconds)
{
	double seconds = (double)nanoseconds / 1e9;
	char bytes[32], rate[32], skipped[64] = "", folders[64] = "";

	bytes_format(bytes, sizeof(bytes), (double)counts->bytes);
	bytes_format(rate, sizeof(rate), seconds > 0 ? (double)counts->bytes / seconds : 0);
	if (counts->folders > 0)
		snprintf(folders, sizeof(folders), "%" PRIu64 " folder%s, ", counts->folders,
			plural(counts->folders));
	if (counts->skipped > 0)
		snprintf(skipped, sizeof(skipped), ", %" PRIu64 " skipped", counts->skipped);
	snprintf(out, size, "%" PRIu64 " file%s, %s%s, %s/s%s", counts->files,
		plural(counts->files), folders, bytes, rate, skipped);
}

void copy_progress_init(struct copy_progress *progress, bool quiet)
{
	*progress = (struct copy_progress){
		.shown = !quiet && isatty(STDERR_FILENO), .started = uv_hrtime()};
}

static void line_write(const struct copy_progress *progress, const struct copy_counts *counts)
{
	char line[256];

	copy_progress_format(line, sizeof(line), counts, uv_hrtime() - progress->started);
	fprintf(stderr, "\r\x1b[K%s", line);
}

void copy_progress_show(void *data, const struct copy_counts *counts)
{
	struct copy_progress *progress = data;

	if (!progress->shown)
		return;
	line_write(progress, counts);
	progress->drawn = true;
}

void copy_progress_clear(struct copy_progress *progress)
{
	if (progress->drawn)
		fputs("\r\x1b[K", stderr);
	progress->drawn = false;
}

void copy_progress_end(struct copy_progress *progress, const struct copy_counts *counts)
{
	if (!progress->shown)
		return;
	line_write(progress, counts);
	fputc('\n', stderr);
	progress->drawn = false;
}
