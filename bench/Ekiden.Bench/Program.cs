using Ekiden.Bench;

return args switch
{
    ["journal", .. var rest] => await JournalBench.RunAsync(Arguments.Parse(rest)),
    ["spool", .. var rest] => await SpoolBench.RunAsync(Arguments.Parse(rest)),
    ["far-receiver", .. var rest] => await FarReceiver.RunAsync(Arguments.Parse(rest)),
    ["client", .. var rest] => await ClientLoad.RunAsync(Arguments.Parse(rest)),
    ["server", .. var rest] => await ServerLoad.RunAsync(Arguments.Parse(rest)),
    ["scan", .. var rest] => await ScanBench.RunAsync(Arguments.Parse(rest)),
    ["dkim", .. var rest] => DkimBench.Run(Arguments.Parse(rest)),
    ["events", .. var rest] => await EventBench.RunAsync(Arguments.Parse(rest)),
    ["addresses", .. var rest] => AddressBench.Run(Arguments.Parse(rest)),
    ["bounces", .. var rest] => BounceBench.Run(Arguments.Parse(rest)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: Ekiden.Bench journal [--producers N] [--size BYTES] [--seconds S] [--directory D]

               Ekiden.Bench spool [--producers 100] [--messages 100000] [--size 2048] [--waiting 1000000]
                                  [--directory D] [--keep 1] [--restart 1]
                 The whole journal: cost of a message relayed, memory of those waiting, time of a restart.

               Ekiden.Bench far-receiver [--listen 127.0.0.1:2526] [--round-trip 150] [--dot 800] [--mails 20]
                                         [--tls starttls|none]
                 A receiver far away: every answer takes a round trip (ms), the one to the final dot longer (ms, round
                 trip included), and a connection takes so many mails (0: no limit). Prints a line when it listens and,
                 ended by SIGTERM or SIGINT, what it got.

               Ekiden.Bench client [--to 127.0.0.1:2526] [--connections 20] [--mails 100000] [--size 2048]
                                   [--tls none|starttls] [--warm-up 20000]
                 Ekiden's SMTP client alone, without a queue: mails per second, processor time, memory.

               Ekiden.Bench server [--listen 127.0.0.1:2525] [--seconds 3600]
                 Ekiden's SMTP server alone: takes mail and forgets it. Prints its cost per message at the end.

               Ekiden.Bench scan [--size 10240] [--line 72] [--messages 200000]
                 The DATA scanner alone, in memory.

               Ekiden.Bench dkim [--messages 4000]
                 A DKIM signature beside the raw signature of the same key.

               Ekiden.Bench events [--messages 100000] [--size 2048] [--directory D]
                 The event log alone: processor time for each event, and of a search by recipient.

               Ekiden.Bench addresses [--count N]

               Ekiden.Bench bounces [--folder tests/data/bounces-sisimai/eml] [--count 20000]
                 Mail that came back, read.
        """);
    return 2;
}
