/*
 * One connection of a local client: hello, one request, its answer. Handlers (request.h) know what
 * requests mean; this file knows the conversation.
 *
 *   NEW --HELLO--> GREETED --request--> ASKED --client_answer(), client_fail()--> (flushed and
 * freed)
 *
 * A client whose user exceeded his allowance is served later. A request that fails is answered
 * with FAILURE; a violation of the protocol closes the connection.
 */
#ifndef VMSILO_BROKER_CLIENT_CLIENT_H
#define VMSILO_BROKER_CLIENT_CLIENT_H

#include <protobuf-c/protobuf-c.h>
#include <uv.h>

#include "host-broker/access/access.h"
#include "host-broker/client/services.h"
#include "host-broker/vm/waiters.h"
#include "proto/broker.pb-c.h"

#define CLIENT_REQUEST_TIMEOUT_MS 10000 /* from accept to the whole request */
#define CLIENT_HELLO_WITHIN_MS 20       /* to who wants a session, unless its answer goes sooner */
#define CLIENT_FLUSH_TIMEOUT_MS 10000   /* for the answer to be read */

struct client;
struct vm;

struct client_options {
	struct vm
		*only; /* of whom alone it may speak (it came over its command.socket); NULL: any */
	struct access_peer peer;
	pid_t pid;
	gid_t *groups;    /* peer's; taken */
	uint64_t wait_ms; /* before its request is read */
};

/* Takes fd; services is borrowed for life. on_gone is called when the client no
 * longer counts as connected. */
int client_create(const struct services *services, int fd, const struct client_options *options,
	void (*on_gone)(void *data, struct client *client), void *data, struct client **ret);
/* Drops it without an answer; on_gone is not called. */
void client_destroy(struct client *client);

/* ---- for request handlers ---- */

const struct services *client_services(const struct client *client);
struct vm *client_only(const struct client *client);
const struct access_peer *client_peer(const struct client *client);
pid_t client_pid(const struct client *client);
/* For handlers that report on several VMs (request.h). */
bool client_may(const struct client *client, const struct vm *vm, enum access wanted);
#define CLIENT_WHO_SIZE 64
/* "joe", or "uid 1000" without a name: for people. */
void client_who(const struct client *client, char ret[CLIENT_WHO_SIZE]);
void client_user_name(uid_t uid, char ret[CLIENT_WHO_SIZE]);
/* When the request came, by uv_hrtime(). */
uint64_t client_asked_ns(const struct client *client);

/* Answers a request that names no VM and needs one. */
void client_fail_no_vm(struct client *client, const char *untrusted_name);

/* A request that is not answered from inside its handler says how it is given up when the client
 * goes first. Called at most once, and not after an answer; the handler frees its own. */
void client_pend(struct client *client, void (*give_up)(void *data), void *data);

/* The final word: nothing of the client may be touched after it. */
void client_answer(struct client *client, uint16_t type, const ProtobufCMessage *message);
/* In one sendmsg(2), so that the descriptor (borrowed) rides on the frame's first byte. A client
 * that has not even read its progress has no room for it, and is dropped. */
void client_answer_fd(
	struct client *client, uint16_t type, const ProtobufCMessage *message, int fd);
void client_fail(struct client *client, const struct failure *failure);
void client_fail_text(struct client *client, Vmsilo__Broker__Failure__Code code, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* A word before the final one. 0 or a negative UV_E* (UV_ENOBUFS: it does not read). */
int client_send(struct client *client, uint16_t type, const ProtobufCMessage *message);
/* The same with a descriptor, as client_answer_fd(); after an error it is to be dropped. */
int client_send_fd(struct client *client, uint16_t type, const ProtobufCMessage *message, int fd);
/* Bytes of such words that it has not read yet, beyond what its socket holds. */
size_t client_queued(const struct client *client);
/* Ends the connection without a final word. */
void client_drop(struct client *client);

#endif
