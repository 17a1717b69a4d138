// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension RLSEngine {
    /// Chooses what the next NOTIFY reports, within the size that its transport carries (S-SIZE).
    ///
    /// A full NOTIFY names all members; states that do not fit follow in partial ones. A state that fits nowhere is
    /// reported without body and counted, so that it cannot hold up the others.
    mutating func fill(_ plan: inout NotifyPlan, for dialog: ListDialog) {
        plan.reset(isFull: dialog.schedule.needsFull)
        guard let list = dialog.list else { return }
        if plan.isFull {
            for index in 0..<list.count {
                self.add(entry: index, slot: dialog.rows[index], list, to: &plan)
            }
        } else {
            dialog.changed.forEach { entry in
                self.add(entry: Int(entry), slot: dialog.rows[Int(entry)], list, to: &plan)
            }
        }
        self.fit(&plan, dialog)
    }

    /// A resource with its names; its state is decided by `fit`.
    private func add(entry: Int, slot: UInt32, _ list: MemberList, to plan: inout NotifyPlan) {
        let size = 40 + self.strings.count(of: list.uris[entry]) * 2 + self.strings.count(of: list.names(of: entry))
        if plan.isFull {
            plan.size += size
        }
        plan.resources.append(
            NotifyPlan.Resource(
                entry: entry,
                slot: slot,
                shown: .nothing,
                body: .none,
                contentType: .none,
                frameSize: size
            )
        )
    }

    private mutating func fit(_ plan: inout NotifyPlan, _ dialog: ListDialog) {
        let limit =
            dialog.path.transport.isReliable
            ? self.configuration.maxStreamNotifyBodySize : self.configuration.maxNotifyBodySize
        var kept = 0
        for index in plan.resources.indices {
            var resource = plan.resources[index]
            var isPostponed = false
            // A full NOTIFY has counted all its resources already. A partial one counts those that it carries.
            let own = plan.isFull ? 0 : resource.frameSize
            if resource.slot != BackendRow.noEntry {
                let row = self.backends[resource.slot]
                if let body = self.bodyToShow(row, slot: resource.slot, dialog) {
                    let cost =
                        NotifyPlan.instanceSize + NotifyPlan.partSize + self.bodies.count(of: body.body)
                        + self.strings.count(of: body.contentType)
                    if plan.size + own + cost <= limit {
                        resource.shown = .state
                        resource.body = body.body
                        resource.contentType = body.contentType
                        plan.size += own + cost
                        if dialog.package.deltaBodies {
                            _ = dialog.deltas.popFirst(resource.slot)
                        }
                    } else if dialog.isAlive, NotifyPlan.frameSize + resource.frameSize + cost <= limit {
                        // It fits into a NOTIFY of its own, so each of those that follow carries at least one.
                        plan.postponed.append(resource.slot)
                        isPostponed = true
                    } else {
                        plan.oversized += 1
                        // It would hold up those behind it, which mean nothing without it. The watcher sees the gap.
                        if dialog.package.deltaBodies {
                            self.dropDeltas(resource.slot, dialog: dialog)
                        }
                        resource.shown = self.showsInstanceWithoutBody(row) ? .instance : .nothing
                        plan.size += own + NotifyPlan.instanceSize
                    }
                } else {
                    resource.shown = self.showsInstanceWithoutBody(row) ? .instance : .nothing
                    plan.size += own + NotifyPlan.instanceSize
                }
            }
            // A partial NOTIFY leaves out what it has no room for.
            guard plan.isFull || !isPostponed else { continue }
            plan.resources[kept] = resource
            kept += 1
        }
        plan.resources.removeLast(plan.resources.count - kept)
    }

    /// The body that a NOTIFY may carry for a row; nil when there is none to show.
    private func bodyToShow(
        _ row: BackendRow,
        slot: UInt32,
        _ dialog: ListDialog
    ) -> (body: ByteHandle, contentType: ByteHandle)? {
        switch row.instance {
        case .unknown:
            return nil
        case .active, .pending, .terminated:
            if dialog.package.deltaBodies {
                // A document that has gone out is never sent again: it may be a delta (R4662-58). Nor is one sent as if it
                // followed what was dropped: the resource is shown without instance first.
                guard !row.flags.contains(.incomplete) else { return nil }
                return dialog.deltas.first(slot).map { (body: $0.body, contentType: $0.contentType) }
            }
            return row.body.isNone ? nil : (body: row.body, contentType: row.contentType)
        }
    }

    /// R4662-79: active without a body is no instance; pending and terminated ones need none.
    private func showsInstanceWithoutBody(_ row: BackendRow) -> Bool {
        switch row.instance {
        case .pending, .terminated: true
        case .unknown, .active: false
        }
    }
}
