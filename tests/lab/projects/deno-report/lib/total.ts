export const total = (lines: string[]) => lines.map((it) => Number(it.split(",")[1])).reduce((a, b) => a + b, 0);
