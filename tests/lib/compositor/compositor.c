#include "tests/lib/compositor/compositor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/compositor/play.h"

struct play play;

/* ---- for all parts ---- */

void play_wrong(const char *what)
{
	fprintf(stderr, "compositor: %s\n", what);
	abort();
}

static void on_grip_gone(struct wl_listener *listener, void *data)
{
	struct grip *grip = wl_container_of(listener, grip, gone);

	(void)data;
	wl_list_remove(&listener->link);
	grip->resource = NULL;
}

void grip_set(struct grip *grip, struct wl_resource *resource)
{
	if (grip->resource)
		wl_list_remove(&grip->gone.link);
	grip->resource = resource;
	grip->gone.notify = on_grip_gone;
	if (resource)
		wl_resource_add_destroy_listener(resource, &grip->gone);
}

void play_ignore(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	(void)resource;
}

void play_end(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

struct wl_resource *play_make(struct wl_client *client, const struct wl_interface *interface,
	int version, uint32_t id, const void *requests, void *data,
	wl_resource_destroy_func_t destroyed)
{
	struct wl_resource *resource = wl_resource_create(client, interface, version, id);

	play_must(resource != NULL, "no memory");
	wl_resource_set_implementation(resource, requests, data, destroyed);
	return resource;
}

void play_offer(const struct wl_interface *interface, int most, wl_global_bind_func_t bind)
{
	int version = interface->version < most ? interface->version : most;

	play_must(wl_global_create(play.display, interface, version, NULL, bind) != NULL,
		"a global cannot be made");
}

uint32_t play_serial(void)
{
	return wl_display_next_serial(play.display);
}

uint32_t play_time(void)
{
	return play.clock += 7;
}

/* ---- steps ---- */

static void step_sleep(struct input_bytes *in)
{
	play.asleep = input_byte(in) & 1;
}

static void step_ping(struct input_bytes *in)
{
	(void)in;
	if (play.shell.resource)
		wl_resource_post_event(play.shell.resource, 0, play_serial());
}

static void step_disconnect(struct input_bytes *in)
{
	/* Seldom: nothing is behind it. */
	if (input_byte(in) < 128)
		return;
	play.gone = true;
	if (play.client)
		wl_client_destroy(play.client);
}

static play_step *const own_steps[] = {step_sleep, step_ping, step_disconnect, NULL};

static play_step *const *const tables[] = {
	own_steps, surface_steps, shell_steps, output_steps, seat_steps, data_steps};

void compositor_step(struct input_bytes *in)
{
	unsigned int wanted = input_byte(in), at = 0, count = 0;

	if (!play.client)
		return;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (size_t j = 0; tables[i][j]; j++)
			count++;
	wanted %= count;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (size_t j = 0; tables[i][j]; j++)
			if (at++ == wanted) {
				tables[i][j](in);
				return;
			}
}

/* ---- life ---- */

static void on_client_gone(struct wl_listener *listener, void *data)
{
	(void)listener;
	(void)data;
	play.client = NULL;
}

/* What libwayland has to say is in the error that the client sees. */
__attribute__((format(printf, 1, 0))) static void on_log(const char *format, va_list arguments)
{
	vfprintf(stderr, format, arguments);
}

void compositor_create(int fd, unsigned int offers)
{
	play = (struct play){.offers = offers, .display = wl_display_create()};
	play_must(play.display != NULL, "no memory");
	wl_log_set_handler_server(on_log);
	wl_list_init(&play.callbacks);
	wl_list_init(&play.feedbacks);
	wl_display_init_shm(play.display);
	surface_begin();
	shell_begin();
	output_begin();
	seat_begin();
	data_begin();
	play.client = wl_client_create(play.display, fd);
	play_must(play.client != NULL, "no memory");
	play.client_gone.notify = on_client_gone;
	wl_client_add_destroy_listener(play.client, &play.client_gone);
}

void compositor_turn(void)
{
	if (play.asleep)
		return;
	wl_event_loop_dispatch(wl_display_get_event_loop(play.display), 0);
	wl_display_flush_clients(play.display);
}

bool compositor_is_awake(void)
{
	return !play.asleep;
}

bool compositor_has_gone(void)
{
	return play.gone;
}

bool compositor_on_wait(void *data)
{
	static bool turning;

	(void)data;
	if (!turning) {
		turning = true;
		compositor_turn();
		turning = false;
	}
	return true;
}

void compositor_destroy(void)
{
	play.asleep = false;
	compositor_turn();
	wl_display_destroy_clients(play.display);
	seat_end();
	data_end();
	wl_display_destroy(play.display);
}
