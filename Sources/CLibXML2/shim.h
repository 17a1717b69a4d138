// SPDX-License-Identifier: Apache-2.0
#ifndef RLS_CLIBXML2_SHIM_H
#define RLS_CLIBXML2_SHIM_H

// Debian's libxml2 shows ICU types in the last fields of xmlCharEncodingHandler, which nobody here touches. With them a
// module that also imports Foundation does not compile: Foundation brings an ICU of its own.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

// What a structured error handler is given: libxml2 2.12 made it const, and a handler of the other kind does not compile.
#if LIBXML_VERSION >= 21200
typedef const xmlError *rls_xml_error;
#else
typedef xmlError *rls_xml_error;
#endif

#endif
