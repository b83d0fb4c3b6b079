#include <ruby.h>

#define MOST 64

static VALUE distance(VALUE self, VALUE left, VALUE right)
{
	const char *a = StringValueCStr(left), *b = StringValueCStr(right);
	long rows = RSTRING_LEN(left), columns = RSTRING_LEN(right);
	int cost[MOST + 1][MOST + 1];

	if (rows > MOST || columns > MOST)
		rb_raise(rb_eArgError, "too long");
	for (long i = 0; i <= rows; i++)
		for (long j = 0; j <= columns; j++) {
			if (!i || !j) {
				cost[i][j] = (int)(i + j);
				continue;
			}
			int best = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (cost[i - 1][j] + 1 < best)
				best = cost[i - 1][j] + 1;
			if (cost[i][j - 1] + 1 < best)
				best = cost[i][j - 1] + 1;
			cost[i][j] = best;
		}
	return INT2FIX(cost[rows][columns]);
}

void Init_distance(void)
{
	rb_define_global_function("distance", distance, 2);
}
