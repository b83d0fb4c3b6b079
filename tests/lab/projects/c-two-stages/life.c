#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 8 };

static char board[SIZE][SIZE];

static int around(int row, int column)
{
	int count = 0;

	for (int i = -1; i <= 1; i++)
		for (int j = -1; j <= 1; j++)
			if (i || j)
				count += board[(row + i + SIZE) % SIZE][(column + j + SIZE) % SIZE];
	return count;
}

static void step(void)
{
	char next[SIZE][SIZE];

	for (int i = 0; i < SIZE; i++)
		for (int j = 0; j < SIZE; j++)
			next[i][j] = around(i, j) == 3 || (board[i][j] && around(i, j) == 2);
	memcpy(board, next, sizeof board);
}

int main(int argc, char **argv)
{
	int check = argc > 1 && !strcmp(argv[1], "--check");
	FILE *file = argc > 1 + check ? fopen(argv[1 + check], "r") : NULL;
	char line[64];

	if (!file) {
		fputs("usage: life [--check] FILE [STEPS]\n", stderr);
		return 2;
	}
	for (int i = 0; i < SIZE && fgets(line, sizeof line, file); i++)
		for (int j = 0; j < SIZE && line[j] && line[j] != '\n'; j++)
			board[i][j] = line[j] == '#';
	if (check)
		return 0;
	for (int steps = argc > 2 ? atoi(argv[2]) : 1; steps > 0; steps--)
		step();
	for (int i = 0; i < SIZE; i++) {
		for (int j = 0; j < SIZE; j++)
			putchar(board[i][j] ? '#' : '.');
		putchar('\n');
	}
	return 0;
}
