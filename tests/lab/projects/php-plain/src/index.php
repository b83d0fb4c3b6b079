<?php
echo jddayofweek(gregoriantojd(1, 1, 2025), 1);
