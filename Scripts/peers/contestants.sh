# SPDX-License-Identifier: Apache-2.0
# Part of swift-resource-list-server.
#
# Starts and ends the servers that bench-peers compares. Sourced; needs `peers`, `work`, `proxy` and KAM_RUN.
# shellcheck shell=bash disable=SC2154,SC2034

kamailio=$peers/kamailio
# shellcheck source=/dev/null
. "$kamailio/env.sh"
here=$root/Scripts/peers # env.sh has set it to its own folder
proxy_pid=
started_databases=()
# For rlsload: whose CPU time counts.
pids=()

# start CONTESTANT LISTS ENTRIES: a server that knows the lists, and nothing from the run before.
start() {
    case $1 in
    kamailio-memory) start_kamailio mysql 0 "$2" "$3" ;;
    kamailio-postgres) start_kamailio postgres 2 "$2" "$3" ;;
    rls-memory) start_proxy "$2" "$3" ;;
    rls-postgres)
        start_database postgres
        KAM_DB=postgres q -d postgres -c 'drop database if exists rls' -c 'create database rls owner kam'
        database=postgres://kam:kam@127.0.0.1:$KAM_PGPORT/rls
        "$proxy" migrate --database "$database" >&2
        start_proxy "$2" "$3" --database "$database"
        pids+=(--pid "db:$(KAM_DB=postgres dbpid)")
        ;;
    esac
}

stop() {
    case $1 in
    kamailio-*) "$kamailio/stop.sh" kamailio ;;
    rls-*) stop_proxy ;;
    esac
    # The next contestant has the machine for itself.
    stop_databases
}

start_kamailio() {
    export KAM_DB=$1 KAM_DBMODE=$2
    start_database "$1"
    "$kamailio/start.sh" rls-only >&2
    "$kamailio/gen_lists.py" "$3" "$4" | sql >/dev/null
    pids=(--pid "server:$(cat "$KAM_RUN/kam/pid")" --pid "db:$(dbpid)")
}

# start_proxy LISTS ENTRIES [option...]: for one generator, which is the presence server of all entries.
start_proxy() {
    local lists=$1 entries=$2
    shift 2
    rm -rf "$work/xcap"
    "$kamailio/gen_lists.py" "$lists" "$entries" --dir "$work/xcap"
    launch_proxy --presence-server "sip:$LOAD_IP:$LOAD_PORT" --domain example.test "$@"
}

# start_proxy_for_generators COUNT LISTS ENTRIES: each generator has a domain of its own, and its entries name its address.
start_proxy_for_generators() {
    local count=$1 lists=$2 entries=$3 number domains=()
    rm -rf "$work/xcap"
    for ((number = 1; number <= count; number++)); do
        "$kamailio/gen_lists.py" "$lists" "$entries" --dir "$work/xcap" --domain "g$number.test"
        grep -rlZ "@g$number.test" "$work/xcap" | xargs -0 sed -i \
            "s|entry uri=\"sip:\(r[0-9]*\)@g$number.test|entry uri=\"sip:\1@127.0.0.$number:$LOAD_PORT|g"
        domains+=(--domain "g$number.test")
    done
    launch_proxy "${domains[@]}"
}

# launch_proxy OPTION...: waits until it answers.
launch_proxy() {
    "$proxy" --listen "udp:$KAM_IP:$KAM_PORT" --lists "$work/xcap" --waitn-time "$KAM_WAITN" --log-level warning \
        "${proxy_options[@]}" "$@" >"$work/proxy.log" 2>&1 </dev/null &
    proxy_pid=$!
    if ! python3 "$here/wait-for-sip.py" "$KAM_IP" "$KAM_PORT"; then
        echo "bench-peers: the proxy does not answer:" >&2
        tail -20 "$work/proxy.log" >&2
        exit 1
    fi
    pids=(--pid "server:$proxy_pid")
}

stop_proxy() {
    [[ -n $proxy_pid ]] || return 0
    kill -TERM "$proxy_pid" 2>/dev/null || true
    wait "$proxy_pid" 2>/dev/null || true
    proxy_pid=
}

start_database() {
    started_databases+=("$1")
    KAM_DB=$1 "$kamailio/db.sh" start >&2
}

stop_databases() {
    local database
    for database in "${started_databases[@]}"; do
        KAM_DB=$database "$kamailio/db.sh" stop >&2 || true
    done
    started_databases=()
}

end_everything() {
    stop_proxy
    "$kamailio/stop.sh" kamailio || true
    stop_databases
}
