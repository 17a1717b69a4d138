/* SPDX-License-Identifier: Apache-2.0
 *
 * Two phones of liblinphone in one process: Bob publishes his presence, Alice subscribes to her list at the server and
 * shows what it says.
 *
 *   phones PORT FOLDER     the proxy listens on 127.0.0.1:PORT; the phones keep their files in FOLDER
 *
 * Prints what Alice shows step by step, and ends with 0 when she has shown everything in time. */
#include <linphone/core.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Longer than anything here takes on a busy machine. */
enum { patience_seconds = 20 };

static const char *bob_uri = "sip:bob@example.org";
static const char *claire_uri = "sip:claire@example.org";

static void fail(const char *what) {
    printf("FAILED: %s\n", what);
    exit(1);
}

static LinphoneAddress *address(const char *text) {
    LinphoneAddress *address = linphone_factory_create_address(linphone_factory_get(), text);
    if (address == NULL) fail(text);
    return address;
}

/* A phone that sends everything to the proxy and does not register: the proxy knows no users. */
static LinphoneCore *start_phone(const char *uri, const char *proxy) {
    LinphoneFactory *factory = linphone_factory_get();
    LinphoneConfig *config = linphone_config_new_from_buffer(
        "[sip]\n"
        "subscribe_presence_only_when_registered=0\n"
        "bind_address=127.0.0.1\n"
        "register_only_when_network_is_up=0\n"
        "auto_net_state_mon=0\n"
        "[misc]\n"
        "store_friends=0\n");
    LinphoneCore *core = linphone_factory_create_core_with_config_3(factory, config, NULL);
    if (core == NULL) fail("no linphone core");
    linphone_core_set_user_agent(core, "Linphone", linphone_core_get_version());
    LinphoneTransports *transports = linphone_factory_create_transports(factory);
    linphone_transports_set_udp_port(transports, LC_SIP_TRANSPORT_RANDOM);
    linphone_transports_set_tcp_port(transports, 0);
    linphone_transports_set_tls_port(transports, 0);
    linphone_core_set_transports(core, transports);
    linphone_transports_unref(transports);

    LinphoneAccountParams *params = linphone_core_create_account_params(core);
    linphone_account_params_set_identity_address(params, address(uri));
    linphone_account_params_set_server_address(params, address(proxy));
    linphone_account_params_enable_outbound_proxy(params, TRUE);
    linphone_account_params_enable_register(params, FALSE);
    LinphoneAccount *account = linphone_core_create_account(core, params);
    linphone_core_add_account(core, account);
    linphone_core_set_default_account(core, account);
    if (linphone_core_start(core) != 0) fail("the linphone core does not start");
    linphone_core_set_network_reachable(core, TRUE);
    return core;
}

static void publish(LinphoneCore *core, LinphoneEvent **publication, const char *basic, const char *note) {
    char document[1024];
    snprintf(document, sizeof document,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"%s\">"
        "<tuple id=\"t1\"><status><basic>%s</basic></status><note>%s</note></tuple></presence>\n",
        bob_uri, basic, note);
    LinphoneContent *content = linphone_core_create_content(core);
    linphone_content_set_type(content, "application");
    linphone_content_set_subtype(content, "pidf+xml");
    linphone_content_set_utf8_text(content, document);
    if (*publication == NULL) {
        *publication = linphone_core_publish(core, address(bob_uri), "presence", 600, content);
        if (*publication == NULL) fail("no PUBLISH");
        linphone_event_ref(*publication);
    } else if (linphone_event_update_publish(*publication, content) != 0) {
        fail("no PUBLISH");
    }
    linphone_content_unref(content);
}

/* What Alice shows of a friend: "-" before anything is known, else "open: note" or "closed: note". */
static void shown(LinphoneFriendList *list, const char *uri, char *text, size_t size) {
    snprintf(text, size, "-");
    LinphoneFriend *friend = linphone_friend_list_find_friend_by_uri(list, uri);
    if (friend == NULL) return;
    const LinphonePresenceModel *model = linphone_friend_get_presence_model(friend);
    if (model == NULL) return;
    int is_open = linphone_presence_model_get_basic_status(model) == LinphonePresenceBasicStatusOpen;
    LinphonePresenceNote *note = linphone_presence_model_get_note(model, NULL);
    const char *words = note != NULL ? linphone_presence_note_get_content(note) : NULL;
    snprintf(text, size, "%s: %s", is_open ? "open" : "closed", words != NULL ? words : "");
}

static void expect(LinphoneCore *alice, LinphoneCore *bob, LinphoneFriendList *list, const char *uri,
                   const char *wanted) {
    char text[256];
    time_t deadline = time(NULL) + patience_seconds;
    do {
        linphone_core_iterate(alice);
        linphone_core_iterate(bob);
        usleep(10 * 1000);
        shown(list, uri, text, sizeof text);
    } while (strcmp(text, wanted) != 0 && time(NULL) < deadline);
    int is_shown = strcmp(text, wanted) == 0;
    printf("%s %s shows \"%s\"\n", is_shown ? "ok    " : "NOT OK", uri, text);
    if (!is_shown) fail(wanted);
}

static void add_friend(LinphoneCore *core, LinphoneFriendList *list, const char *uri) {
    LinphoneFriend *friend = linphone_core_create_friend_with_address(core, uri);
    linphone_friend_enable_subscribes(friend, TRUE);
    linphone_friend_set_inc_subscribe_policy(friend, LinphoneSPAccept);
    if (linphone_friend_list_add_local_friend(list, friend) != LinphoneFriendListOK) fail(uri);
    linphone_friend_unref(friend);
}

int main(int count, char **arguments) {
    if (count != 3) fail("usage: phones PORT FOLDER");
    setvbuf(stdout, NULL, _IOLBF, 0);
    char proxy[64];
    snprintf(proxy, sizeof proxy, "sip:127.0.0.1:%d;transport=udp", atoi(arguments[1]));
    LinphoneFactory *factory = linphone_factory_get();
    linphone_factory_set_config_dir(factory, arguments[2]);
    linphone_factory_set_data_dir(factory, arguments[2]);
    LinphoneLogLevel level = getenv("RLS_LINPHONE_LOG") != NULL ? LinphoneLogLevelMessage : LinphoneLogLevelFatal;
    linphone_logging_service_set_log_level(linphone_logging_service_get(), level);

    LinphoneCore *alice = start_phone("sip:alice@example.org", proxy);
    LinphoneCore *bob = start_phone(bob_uri, proxy);
    LinphoneEvent *publication = NULL;
    publish(bob, &publication, "open", "at my desk");

    /* Bodyless: the members are the server's business, not the SUBSCRIBE's. */
    LinphoneFriendList *list = linphone_core_create_friend_list(alice);
    linphone_friend_list_set_display_name(list, "Friends");
    linphone_friend_list_set_rls_address(list, address("sip:alice-list@example.org"));
    linphone_friend_list_set_subscription_bodyless(list, TRUE);
    linphone_core_add_friend_list(alice, list);
    add_friend(alice, list, bob_uri);
    add_friend(alice, list, claire_uri);
    linphone_core_enable_friend_list_subscription(alice, TRUE);
    linphone_friend_list_enable_subscriptions(list, TRUE);
    linphone_friend_list_update_subscriptions(list);

    expect(alice, bob, list, bob_uri, "open: at my desk");
    publish(bob, &publication, "closed", "in a meeting");
    expect(alice, bob, list, bob_uri, "closed: in a meeting");
    publish(bob, &publication, "open", "back again");
    expect(alice, bob, list, bob_uri, "open: back again");
    expect(alice, bob, list, claire_uri, "-");
    printf("passed: liblinphone %s\n", linphone_core_get_version());
    fflush(stdout);
    /* The phones are taken down with the process: nothing after this is being tested. */
    _exit(0);
}
