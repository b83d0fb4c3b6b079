const dayjs = require("dayjs");

exports.after = (day, count) => dayjs(day).add(count, "day").format("YYYY-MM-DD");
