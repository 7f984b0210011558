#include "CFuzz.h"

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*step)(const uint8_t *, size_t));

int fuzz_drive(int argc, char **argv, int (*step)(const uint8_t *bytes, size_t count)) {
  return LLVMFuzzerRunDriver(&argc, &argv, step);
}
