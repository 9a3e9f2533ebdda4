#!/bin/sh
# Writes its input to the file $1, of at most $2 bytes, and keeps the full file before it as $1.previous. In plain sh, because it runs for
# as long as a server does and needs 1 MB of memory.
size=0
while IFS= read -r line || [ -n "$line" ]; do
  size=$((size + ${#line} + 1))
  if [ $size -gt $2 ]; then mv -f "$1" "$1.previous"; size=${#line}; fi
  printf '%s\n' "$line" >> "$1"
done
