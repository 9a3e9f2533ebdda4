#!/bin/sh
# The first word is the role; `exec` makes it process 1, so that it gets the SIGTERM by which containers are stopped.
role=$1
case "$role" in
  api | worker | cli)
    shift
    exec node --enable-source-maps "dist/apps/$role/src/main.js" "$@"
    ;;
  *)
    echo "There is no role \"$role\". Use: api | worker | cli <command>" >&2
    exit 64
    ;;
esac
