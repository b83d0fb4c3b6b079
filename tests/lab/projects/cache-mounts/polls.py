import asyncio
import collections
import pathlib
import signal

import tornado.web

votes = collections.Counter()


class Polls(tornado.web.RequestHandler):
    def get(self):
        self.render("polls.html", votes=sorted(votes.items()))

    def post(self):
        votes[self.get_argument("for")] += 1
        self.set_status(201)


async def main():
    app = tornado.web.Application([("/", Polls)], template_path=pathlib.Path("templates"))
    app.listen(8000)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


asyncio.run(main())
