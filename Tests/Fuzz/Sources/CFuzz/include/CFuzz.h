#pragma once

#include <stddef.h>
#include <stdint.h>

/// Hands the process to libFuzzer, which calls `step` with one input after the other and exits
/// when a bug was found or time is up; the result is then the status of the process.
int fuzz_drive(int argc, char **argv, int (*step)(const uint8_t *bytes, size_t count));
