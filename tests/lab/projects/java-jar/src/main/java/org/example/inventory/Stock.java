package org.example.inventory;

import java.util.Map;
import java.util.TreeMap;

/** How many there are of each item. */
final class Stock {
    private final Map<String, Integer> counts = new TreeMap<>();

    synchronized void add(String item, int count) {
        counts.merge(item, count, Integer::sum);
    }

    synchronized int count(String item) {
        return counts.getOrDefault(item, 0);
    }

    @Override
    public synchronized String toString() {
        return counts.toString();
    }
}
