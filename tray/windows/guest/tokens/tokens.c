#include "tray/windows/guest/tokens/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdg-activation-v1-protocol.h>

#define VERSION 1
#define TEXT_SIZE 32

struct tokens {
	const struct tokens_ops *ops;
	void *data;
	unsigned int given[TOKENS_GIVEN]; /* their numbers; 0: none */
	unsigned int count;               /* so far */
	struct wl_global *global;
	struct wl_listener display_gone;
};

static void text_make(char ret[TEXT_SIZE], unsigned int number)
{
	snprintf(ret, TEXT_SIZE, "guest-%u", number);
}

static bool given_take(struct tokens *tokens, const char *text)
{
	char known[TEXT_SIZE];

	for (int i = 0; i < TOKENS_GIVEN; i++) {
		text_make(known, tokens->given[i]);
		if (tokens->given[i] == 0 || strcmp(text, known) != 0)
			continue;
		tokens->given[i] = 0;
		return true;
	}
	return false;
}

static void on_destroy(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

/* ---- a token ---- */

static bool token_is_open(struct wl_resource *resource)
{
	if (wl_resource_get_user_data(resource))
		return true;
	wl_resource_post_error(resource, XDG_ACTIVATION_TOKEN_V1_ERROR_ALREADY_USED,
		"the token has been committed");
	return false;
}

static void on_set_serial(struct wl_client *client, struct wl_resource *resource, uint32_t serial,
	struct wl_resource *seat)
{
	(void)client;
	(void)serial;
	(void)seat;
	token_is_open(resource);
}

static void on_set_app_id(struct wl_client *client, struct wl_resource *resource, const char *id)
{
	(void)client;
	(void)id;
	token_is_open(resource);
}

static void on_set_surface(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *surface)
{
	(void)client;
	(void)surface;
	token_is_open(resource);
}

/* What it is worth the host decides, whatever stands behind it. */
static void on_commit(struct wl_client *client, struct wl_resource *resource)
{
	struct tokens *tokens = wl_resource_get_user_data(resource);
	char text[TEXT_SIZE];

	(void)client;
	if (!token_is_open(resource))
		return;
	wl_resource_set_user_data(resource, NULL);
	tokens->count++;
	tokens->given[tokens->count % TOKENS_GIVEN] = tokens->count;
	text_make(text, tokens->count);
	xdg_activation_token_v1_send_done(resource, text);
}

static const struct xdg_activation_token_v1_interface token_requests = {
	.set_serial = on_set_serial,
	.set_app_id = on_set_app_id,
	.set_surface = on_set_surface,
	.commit = on_commit,
	.destroy = on_destroy,
};

/* ---- the global ---- */

static void on_get_token(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct wl_resource *token =
		wl_resource_create(client, &xdg_activation_token_v1_interface, VERSION, id);

	if (!token)
		wl_client_post_no_memory(client);
	else
		wl_resource_set_implementation(
			token, &token_requests, wl_resource_get_user_data(resource), NULL);
}

static void on_activate(struct wl_client *client, struct wl_resource *resource, const char *text,
	struct wl_resource *surface)
{
	struct tokens *tokens = wl_resource_get_user_data(resource);

	(void)client;
	tokens->ops->on_activate(tokens->data, text, given_take(tokens, text), surface);
}

static const struct xdg_activation_v1_interface requests = {
	.destroy = on_destroy,
	.get_activation_token = on_get_token,
	.activate = on_activate,
};

static void on_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *resource =
		wl_resource_create(client, &xdg_activation_v1_interface, (int)version, id);

	if (!resource)
		wl_client_post_no_memory(client);
	else
		wl_resource_set_implementation(resource, &requests, data, NULL);
}

static void on_display_gone(struct wl_listener *listener, void *data)
{
	struct tokens *tokens = wl_container_of(listener, tokens, display_gone);

	(void)data;
	wl_list_remove(&listener->link);
	wl_global_destroy(tokens->global);
	free(tokens);
}

bool tokens_create(struct wl_display *display, const struct tokens_ops *ops, void *data)
{
	struct tokens *tokens = calloc(1, sizeof(*tokens));

	if (!tokens)
		return false;
	tokens->ops = ops;
	tokens->data = data;
	tokens->global =
		wl_global_create(display, &xdg_activation_v1_interface, VERSION, tokens, on_bind);
	if (!tokens->global) {
		free(tokens);
		return false;
	}
	tokens->display_gone.notify = on_display_gone;
	wl_display_add_destroy_listener(display, &tokens->display_gone);
	return true;
}
