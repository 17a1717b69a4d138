// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A mistake of the kinds that list servers make, put between the engine and the world to see that the world notices.
package enum PlantedBug: String, CaseIterable, Sendable {
    /// A NOTIFY that is answered 200 and forgotten, like an update between "select dirty" and "clear dirty".
    case updateLost
    /// The back-end's older NOTIFYs are taken as new ones: CSeq is not looked at.
    case olderOverwritesNewer
    /// A NOTIFY that overtakes the 200 of its SUBSCRIBE is refused.
    case earlyNotifyRefused
    /// One watcher sees what was meant for another one.
    case statesShared
    /// One dialog whose phone fails drops the rest of what the tick wanted sent.
    case tickDropped
    /// The first failed NOTIFY ends the list without a word, and its back-ends live on.
    case failureKillsList
    /// The next NOTIFY does not wait for the one in flight.
    case severalInFlight
    /// States count as sent although the NOTIFY failed.
    case failureCountsAsSent
    /// Numbers begin at the old place after a restart.
    case numbersGoBack
    /// A confirmed dialog never reached the store.
    case dialogNotStored
    /// Full state lacks an entry.
    case fullStateOmits
    /// A state appears under another entry whose URI begins alike.
    case stateUnderAnotherURI
    /// A delta goes out a second time instead of the one that follows it.
    case deltaSentTwice
    /// Of a list that is split over several NOTIFYs one member's state is left out.
    case splitDropsMember
    /// A back-end SUBSCRIBE leaves although its list dialog waits for the store.
    case sentWhileStoring

    /// Settings of a world that can notice it.
    package var settings: SimulationSettings {
        var settings = SimulationSettings()
        settings.plantedBug = self
        switch self {
        case .deltaSentTwice: settings.deltaBodies = true
        case .splitDropsMember: settings.limitBodies(room: 1000)
        case .updateLost, .olderOverwritesNewer, .earlyNotifyRefused, .statesShared, .tickDropped, .failureKillsList,
            .severalInFlight, .failureCountsAsSent, .numbersGoBack, .dialogNotStored, .fullStateOmits,
            .stateUnderAnotherURI, .sentWhileStoring:
            break
        }
        return settings
    }
}
