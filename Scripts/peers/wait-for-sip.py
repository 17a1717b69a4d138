#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Part of swift-resource-list-server.
"""wait-for-sip.py HOST PORT: sends OPTIONS over UDP until there is an answer; fails after 20 seconds."""
import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.settimeout(0.2)
for attempt in range(100):
    request = (
        f"OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKwait{attempt}\r\n"
        f"From: <sip:wait@127.0.0.1>;tag=1\r\nTo: <sip:{host}:{port}>\r\nCall-ID: wait{attempt}\r\n"
        "CSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\nContent-Length: 0\r\n\r\n"
    )
    link.sendto(request.encode(), (host, port))
    try:
        link.recv(65536)
        sys.exit(0)
    except OSError:
        time.sleep(0.1)
sys.exit(1)
