// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Who the watcher is, what it asks for, and what it tolerates.
public struct WatcherOptions: Sendable, Hashable {
    /// The list, as the SUBSCRIBE names it.
    public var listURI: String
    /// The watcher's address of record, in From.
    public var watcherURI: String
    /// The Contact URI.
    public var contact: String
    /// Call-ID of the dialog.
    public var callID: String
    /// From tag of the dialog.
    public var tag: String
    /// Event package. Default presence.
    public var event = "presence"
    /// `id` of Event. Default none.
    public var eventID: String?
    /// Seconds asked for. Default 3600.
    public var expires: UInt32 = 3600
    /// Accept, one value per row; nil: none.
    public var accept: [String]? = ["application/pidf+xml", "application/rlmi+xml", "multipart/related"]
    /// Record-Route values that a proxy on the way adds; the topmost first.
    public var recordRoutes: [String] = []
    /// User-Agent; "" for none.
    public var userAgent = ""
    /// Form of the NOTIFYs. Default standard.
    public var style: RLSListNotification.Style = .standard
    /// NOTIFYs may be lost without the watcher knowing, so versions may jump to a full state. Default false.
    public var mayMissNotifies = false
    /// A full document repeats what is known of each resource still in it (R4662-52). Default true; off for lists that
    /// are split over several NOTIFYs, and for packages with delta bodies.
    public var checksKnownState = true
    /// Consecutive time-outs of NOTIFYs after which none may follow. Default 3.
    public var notifyTimeoutLimit = 3
    /// How late a NOTIFY may be that has to come at once. Default 1 s.
    public var grace = Duration.seconds(1)

    /// Creates options.
    public init(
        listURI: String,
        watcherURI: String,
        contact: String,
        callID: String = "watcher-1@phone.example.com",
        tag: String = "w1"
    ) {
        self.listURI = listURI
        self.watcherURI = watcherURI
        self.contact = contact
        self.callID = callID
        self.tag = tag
    }
}
