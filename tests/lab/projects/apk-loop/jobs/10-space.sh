df / | tail -n 1 | wc -l
