// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#pragma once

#include <stdint.h>

/// Heap allocations of this thread since it began: calls of malloc, calloc, realloc, posix_memalign, aligned_alloc and
/// memalign, of whatever library.
uint64_t measuring_allocations(void);

/// Nanoseconds of processor time that this thread has used.
uint64_t measuring_thread_nanoseconds(void);

/// Bytes of this process that are in memory now.
uint64_t measuring_resident_bytes(void);

/// Calls `body`. A function of its own so that callgrind can be told to count only what happens inside it.
void measuring_region(void (*body)(void *), void *context);
