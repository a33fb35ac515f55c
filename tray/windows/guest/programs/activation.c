#include "tray/windows/guest/programs/activation.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tray/windows/guest/shell/wlroots.h"

#define ENVIRONMENT_MAX (64 * 1024) /* bytes that are looked at */
#define VARIABLE "XDG_ACTIVATION_TOKEN="

/* A program's environment keeps its token, and those that it starts inherit it. */
static bool token_is_new(struct server *server, const char *token)
{
	for (size_t i = 0; i < SERVER_TOKENS; i++)
		if (strcmp(server->tokens[i], token) == 0)
			return false;
	snprintf(server->tokens[server->tokens_next], sizeof(server->tokens[0]), "%s", token);
	server->tokens_next = (server->tokens_next + 1) % SERVER_TOKENS;
	return true;
}

bool activation_take(struct window *window, const char *token)
{
	if (strncmp(token, ACTIVATION_PREFIX, strlen(ACTIVATION_PREFIX)) != 0 ||
		strlen(token) > WINDOWS_TOKEN_MAX || !token_is_new(window->server, token))
		return false;
	snprintf(window->token, sizeof(window->token), "%s", token);
	return true;
}

/* environment: variables with a null after each. */
static void environment_search(struct window *window, const char *environment, size_t length)
{
	for (size_t i = 0; i < length; i += strlen(environment + i) + 1)
		if (strncmp(environment + i, VARIABLE, strlen(VARIABLE)) == 0)
			activation_take(window, environment + i + strlen(VARIABLE));
}

static pid_t window_pid(const struct window *window)
{
	struct wlr_xwayland_surface *x11 =
		wlr_xwayland_surface_try_from_wlr_surface(window->surface);
	pid_t pid = 0;

	if (x11)
		return x11->pid;
	wl_client_get_credentials(
		wl_resource_get_client(window->surface->resource), &pid, NULL, NULL);
	return pid;
}

void activation_find(struct window *window)
{
	static const char format[] = "/proc/%d/environ";
	char path[sizeof(format) + 12];
	char environment[ENVIRONMENT_MAX + 1];
	size_t length = 0;
	ssize_t count;

	snprintf(path, sizeof(path), format, (int)window_pid(window));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while ((count = read(fd, environment + length, ENVIRONMENT_MAX - length)) > 0)
		length += (size_t)count;
	close(fd);
	environment[length] = '\0';
	environment_search(window, environment, length);
}

static void on_activate(void *data, const char *text, bool given, struct wl_resource *surface)
{
	struct window *window = window_of_root(wlr_surface_from_resource(surface));

	(void)data;
	if (!window || window->kind->popup)
		return;
	if (given)
		window_request(window, VMSILO__WINDOWS__REQUEST__REQUEST_ATTENTION);
	else
		activation_take(window, text);
}

const struct tokens_ops activation_ops = {.on_activate = on_activate};
