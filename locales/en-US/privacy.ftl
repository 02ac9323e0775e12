# What is stored about a member, what they get and what goes.

privacy-title = What I keep about you
privacy-orders =
    { $count ->
        [0] No orders of yours in this server.
        [one] One order in this server, a { $videos ->
            [0] picture
           *[other] video
        }.
       *[other] { $count } orders in this server: { $videos } videos, { $images } pictures. Of each: what you chose, how it ended, when, and what it cost.
    }
privacy-since = The first was on { $since }.
privacy-words =
    { $count ->
        [0] No prompts of yours.
        [one] The prompt of one order ({ $files } with names of files that you gave).
       *[other] The prompts of { $count } orders ({ $files } with names of files that you gave).
    }
privacy-spent = What you have spent here: { $spent }.
privacy-acts =
    { $count ->
        [0] Nothing in the audit log.
        [one] One entry of yours in the audit log.
       *[other] { $count } entries of yours in the audit log.
    }
privacy-banned = That you may not order here. Who runs this server keeps that, whatever you delete.
privacy-retention =
    { $count ->
        [one] This server lets me keep prompts for one day; then they are deleted.
       *[other] This server lets me keep prompts for { $count } days; then they are deleted.
    }
privacy-kept = This server has me keep prompts until somebody deletes them: you can, below.
privacy-everywhere =
    { $count ->
        [0] In all servers together I keep no orders of yours.
        [one] In all servers together I keep one order of yours.
       *[other] In all servers together I keep { $count } orders of yours ({ $guilds } servers).
    }
privacy-asked = You asked me on { $at } to delete what I keep here. The last of it goes by { $until }.
privacy-export = Export
privacy-delete = Delete
privacy-exported = Here is everything that I keep about you, from all servers. Only you can see this message.

privacy-delete-title = Delete what I keep about you?
privacy-delete-what = From your orders I delete you, the prompt, the settings and the names of files; results of yours leave the showcase, and your stars go. Amounts stay, with nobody’s name: the server’s books have to add up. Nobody can bring this back.
privacy-delete-stays =
    This I cannot delete:
    - Messages in channels belong to Discord. Delete them there, or ask a moderator.
    - Videos and pictures are in the server’s namespace on Oxen.ai, with their prompts. Ask who runs the server.
    - What counts towards your limits, and who did what in the audit log, goes 32 days after it was entered.
    - That you may not order in a server stays until that server changes it.
privacy-delete-open =
    { $count ->
        [one] One order of yours here is still under way. It ends first, then it is deleted too; you can /cancel it.
       *[other] { $count } orders of yours here are still under way. They end first, then they are deleted too; you can /cancel them.
    }
privacy-delete-here = Delete here
privacy-delete-everywhere = Delete in all servers
privacy-keep = Keep it
privacy-deleting-title = It is being deleted
privacy-deleting =
    { $scope ->
        [here] Your prompts of this server go within minutes, the rest as soon as it does not count any more, 32 days from now at the latest. What you order from now on is kept anew.
       *[everywhere] Your prompts of all servers go within minutes, the rest as soon as it does not count any more, 32 days from now at the latest. What you order from now on is kept anew.
    }

result-cancelled-left = It was stopped, because I am not in that server any more.

refusal-again-forgotten = The prompt of this order is deleted, so I cannot order it again. Please place a new order.
refusal-privacy-too-large = You have ordered so much that the file does not fit into a message here. Please ask whoever runs this bot for it.
