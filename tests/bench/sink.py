"""A server that takes mails under TLS from whoever logs in, counts them and throws them away.

A bare state machine on asyncio that costs less than what is measured. Imports nothing of Django: it runs in
a fresh process.
"""

import asyncio
import ssl
import threading
from pathlib import Path

ACCOUNT, PASSWORD = "jobs@acme.example", "sandbox"
OFFERS = b"250-sink\r\n250-SIZE 67108864\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n"
ANSWERS = {
    b"EHLO": OFFERS,
    b"AUTH": b"235 2.7.0 Welcome\r\n",
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RCPT": b"250 2.1.5 Ok\r\n",
    b"DATA": b"354 Go ahead\r\n",
    b"RSET": b"250 2.0.0 Ok\r\n",
    b"NOOP": b"250 2.0.0 Ok\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
}
END = b"\r\n.\r\n"


class Sink:
    """``start`` listens in a thread of its own; the delay is waited once a round trip."""

    def __init__(self, chain: Path, key: Path, delay: float = 0.0) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain, key)
        self.delay = delay
        self.port = 0

    def start(self) -> "Sink":
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        listening = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.context), self.loop
        )
        self.port = listening.result(10).sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        heard, in_data = b"", False
        while more := await reader.read(65536):
            heard += more
            said = b""
            while True:
                end = END if in_data else b"\r\n"
                taken, found, rest = heard.partition(end)
                if not found:
                    break
                heard = rest
                if in_data:
                    said += b"250 2.0.0 Ok: queued\r\n"
                    in_data = False
                else:
                    said += ANSWERS.get(taken[:4].upper(), b"500 5.5.2 What?\r\n")
                    in_data = taken[:4].upper() == b"DATA"
            if said:
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(said)
        writer.close()


def start(chain: Path, key: Path, delay: float = 0.0) -> Sink:
    return Sink(chain, key, delay).start()
