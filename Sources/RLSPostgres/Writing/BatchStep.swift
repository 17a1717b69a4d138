// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// A part of a batch that is written with one or two statements.
enum BatchStep: Sendable {
    case deleteDialogs(ArraySlice<PlannedDeletion>)
    case deleteStates(ArraySlice<PlannedDeletion>)
    case updateDialogs(ArraySlice<PlannedRow>)
    case insertDialogs(ArraySlice<PlannedRow>)
    case updateStates(ArraySlice<PlannedRow>)
    case insertStates(ArraySlice<PlannedRow>)

    static func steps(of plan: BatchPlan, size: Int) -> [BatchStep] {
        var steps: [BatchStep] = []
        for stage in plan.stages {
            steps += Self.chunks(stage.deletedDialogs, size).map { .deleteDialogs($0) }
            steps += Self.chunks(stage.deletedStates, size).map { .deleteStates($0) }
            steps += Self.chunks(stage.knownDialogs, size).map { .updateDialogs($0) }
            steps += Self.chunks(stage.newDialogs, size).map { .insertDialogs($0) }
            steps += Self.chunks(stage.knownStates, size).map { .updateStates($0) }
            steps += Self.chunks(stage.newStates, size).map { .insertStates($0) }
        }
        return steps
    }

    private static func chunks<Value>(_ values: [Value], _ size: Int) -> [ArraySlice<Value>] {
        stride(from: 0, to: values.count, by: max(1, size)).map { values[$0..<min($0 + max(1, size), values.count)] }
    }

    /// The places in the batch.
    var indexes: [Int] {
        switch self {
        case .deleteDialogs(let rows), .deleteStates(let rows): rows.map(\.index)
        case .updateDialogs(let rows), .insertDialogs(let rows): rows.map(\.index)
        case .updateStates(let rows), .insertStates(let rows): rows.map(\.index)
        }
    }

    /// Two steps that do the same; nil when there is only one row.
    var halves: (BatchStep, BatchStep)? {
        switch self {
        case .deleteDialogs(let values): Self.halve(values).map { (.deleteDialogs($0), .deleteDialogs($1)) }
        case .deleteStates(let values): Self.halve(values).map { (.deleteStates($0), .deleteStates($1)) }
        case .updateDialogs(let values): Self.halve(values).map { (.updateDialogs($0), .updateDialogs($1)) }
        case .insertDialogs(let values): Self.halve(values).map { (.insertDialogs($0), .insertDialogs($1)) }
        case .updateStates(let values): Self.halve(values).map { (.updateStates($0), .updateStates($1)) }
        case .insertStates(let values): Self.halve(values).map { (.insertStates($0), .insertStates($1)) }
        }
    }

    private static func halve<Value>(_ values: ArraySlice<Value>) -> (ArraySlice<Value>, ArraySlice<Value>)? {
        guard values.count > 1 else { return nil }
        let middle = values.startIndex + values.count / 2
        return (values[..<middle], values[middle...])
    }
}
#endif
