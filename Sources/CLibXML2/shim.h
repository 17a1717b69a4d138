// SPDX-License-Identifier: Apache-2.0
#ifndef RLS_CLIBXML2_SHIM_H
#define RLS_CLIBXML2_SHIM_H

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

// `xmlFree` is a mutable C global, which Swift's concurrency checking refuses.
static inline void rls_xml_free(void *pointer) { xmlFree(pointer); }

#endif
