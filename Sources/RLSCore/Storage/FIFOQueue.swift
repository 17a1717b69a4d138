// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A queue whose elements leave in the order in which they came; both ends cost amortised constant time.
struct FIFOQueue<Element> {
    private var elements: [Element] = []
    private var head = 0

    var isEmpty: Bool { self.head == self.elements.count }

    var count: Int { self.elements.count - self.head }

    mutating func append(_ element: Element) {
        self.elements.append(element)
    }

    mutating func popFirst() -> Element? {
        guard self.head < self.elements.count else { return nil }
        let element = self.elements[self.head]
        self.head += 1
        if self.head == self.elements.count {
            self.elements.removeAll(keepingCapacity: self.elements.capacity <= 1024)
            self.head = 0
        } else if self.head >= 256, self.head * 2 >= self.elements.count {
            self.elements.removeFirst(self.head)
            self.head = 0
        }
        return element
    }
}
