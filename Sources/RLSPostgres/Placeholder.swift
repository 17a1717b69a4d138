// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.
