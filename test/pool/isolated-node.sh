#!/bin/sh
# Runs Node in its own network and mount namespace. `exec` preserves the PID and the IPC channel to the parent.
set -eu
export CACHIBOT_TEST_NODE
# The loopback device of a new network namespace is down.
exec unshare --net --mount --propagation private sh -c 'ip link set lo up && exec "$CACHIBOT_TEST_NODE" "$@"' sh "$@"
