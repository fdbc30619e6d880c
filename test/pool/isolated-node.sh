#!/bin/sh
# Runs Node with its own network and mounts. Node keeps this process's id and its channel to the parent.
set -eu
export CACHIBOT_TEST_NODE
# The loopback device of a new network is down.
exec unshare --net --mount --propagation private sh -c 'ip link set lo up && exec "$CACHIBOT_TEST_NODE" "$@"' sh "$@"
