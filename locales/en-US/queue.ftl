# What orders cost and when it is their turn; the queue, and what moderators do with it.

# Money on a card
# An amount that is not charged yet, with the word for where it is known from.
estimate-short = { $source ->
        [learnt] about { $price }
        [ceiling] at most { $price }
       *[other] { $price }
    }
estimate =
    { $source ->
        [learnt] about { $price }, from { $samples } earlier ones
        [ceiling] at most { $price } is set aside; the price is not known
       *[other] { $price }
    }
card-price = 💵 { $estimate }{ $count ->
        [one] {""}
       *[other] {" "}({ $count } × { $each })
    }
card-price-unknown = 💵 price not known beforehand
card-charged = charged { $price }
card-charged-about = charged about { $price }; Oxen has not said exactly
card-charged-nothing = 💵 nothing charged
card-unclear = may have been charged about { $price }; Oxen did not say
card-unclear-unknown = may have been charged; Oxen did not say
card-paid-namespace = from **{ $namespace }**
card-paid-owner = paid by the owner of this bot
card-paid-key = from this server's own account

# On a card, when at most a fifth of a limit is left
card-left-orders = 🪙 { $count ->
        [0] This was your last order for today.
        [one] You can order once more today.
       *[other] You can order { $count } more times today.
    } Your day begins anew { $resets }; `/limits` shows the rest.
card-left-money = 🪙 { $left ->
        [none] Nothing is left
       *[other] Only { $left } is left
    } of { $whose ->
        [server] this server's
       *[member] your
    } { $limit } for { $per ->
        [day] today
       *[month] this month
    }. It begins anew { $resets }; `/limits` shows the rest.
card-left-trial = 🪙 { $left ->
        [none] Nothing is left
       *[other] Only { $left } is left
    } of the { $limit } that this bot's owner gives this server to try it. Whoever manages the server can pay for more: `/setup` shows how.

# A price to say yes to
confirmation-why-above = This server asks before an order that costs more than { $above }.
confirmation-why-always = This server asks before each order that costs something.
confirmation-why-ceiling = Nobody knows beforehand what this model will charge. As much as { $price } is set aside for it, and this server asks above { $above }.
confirmation-why-manager = Nobody knows beforehand what this model will charge. As much as { $price } is set aside for it, and somebody who manages this server has to agree.
confirmation-why-changed = The price was { $before } when you ordered and is { $price } now.
confirmation-asks = Order it? The question lapses after { $minutes } minutes; until you say yes it costs nothing.
confirmation-asks-manager = { $hours ->
        [one] The question lapses after an hour; until somebody agrees it costs nothing.
       *[other] The question lapses after { $hours } hours; until somebody agrees it costs nothing.
    }
confirmation-confirm = Order · { $price }
confirmation-agree = Agree · { $price }
confirmation-withdraw = Not now
confirmation-lapsed = ⌛ Nobody said yes to the price, so nothing was ordered and nothing paid. You can order again at any time.

# The place in the server's own queue
state-in-line = ⏳ waits for its turn in this server
place =
    { $count ->
        [0] Next in this server's queue.
        [one] One order is before this one.
       *[other] { $count } orders are before this one.
    }
place-paused =
    { $count ->
        [0] ⏸️ A moderator has paused this server's queue. When it goes on, this is next.
        [one] ⏸️ A moderator has paused this server's queue. When it goes on, one order is before this one.
       *[other] ⏸️ A moderator has paused this server's queue. When it goes on, { $count } orders are before this one.
    }
place-expected = Expected around { $likely }, nearly always by { $most }.

# How far what is being made has come
progress =
    { $count ->
        [one] { $bar } { $ready }
       *[other] { $bar } { $over } of { $count } · { $ready }
    }
ready-about = ready about { $at }
ready-soon = ready any moment, nearly always by { $at }
ready-late = takes longer than usual

# /queue
queue-paused = ⏸️ The queue is paused: what runs goes on, nothing more is sent.
queue-drained = 🚱 No new orders are taken; what was ordered goes on.
queue-page = Page { $page } of { $pages }
queue-previous = Back
queue-next = Next
queue-refresh = Refresh
queue-choose = Move or cancel an order…
queue-choice = { $place }. { $title }
queue-pause = Pause
queue-drain = Take no new orders
queue-resume = Resume
queue-cancel = Cancel…
queue-back = Back to the queue
queue-to-front = To the front
queue-up = One place up
queue-down = One place down
queue-to-end = To the end
queue-cancel-order = Cancel it…
queue-unseen = an order in a channel that you do not see
refusal-queue-gone = This order is over, or was never here.

# Cancelling many
stop-title = What should be cancelled?
stop-member = Everything of a member…
stop-channel = Everything in a channel…
stop-all = Everything in this server…
stop-what =
    { $scope ->
        [order] of this order
        [member] of { $whose }
        [channel] in { $whose }
       *[all] in this server
    }
stop-ask = Cancel { $count ->
        [one] one result
       *[other] { $count } results
    } { $what }?
stop-money = 💵 { $price } is reserved for { $count ->
        [one] it
       *[other] them
    }. The money of whatever is not made any more is released.
stop-unpriced =
    { $count ->
        [one] The price of one of them is not known.
       *[other] The price of { $count } of them is not known.
    }
stop-all-unsent = Nothing of it has been sent yet, so nothing will be charged.
stop-all-sent = All of it is at Oxen already: what is nearly done may still arrive, and be charged.
stop-some-unsent =
    { $count ->
        [one] One has not been sent yet and costs nothing; what is at Oxen and nearly done may still arrive, and be charged.
       *[other] { $count } have not been sent yet and cost nothing; what is at Oxen and nearly done may still arrive, and be charged.
    }
stop-yes = Yes, cancel
stop-nothing = There is nothing to cancel { $what }.
stop-done =
    { $count ->
        [0] There was nothing left to cancel.
        [one] Cancelling one result. Its card shows how it ends.
       *[other] Cancelling { $count } results. Their cards show how they end.
    }

# /moderate
moderate-paused = The queue is paused. What runs goes on; members see on their cards that they wait.
moderate-drained = No new orders are taken from now on; what was ordered goes on. **resume** ends that.
moderate-resumed = The queue goes on, and orders are taken.
moderate-banned = { $user } cannot order here any more. { $count ->
        [0] Nothing of theirs is under way.
        [one] One order of theirs is under way and goes on, unless you cancel it.
       *[other] { $count } orders of theirs are under way and go on, unless you cancel them.
    }
moderate-unbanned = { $user } can order here again.
moderate-stop-theirs = Cancel their orders…

refusal-moderators-only = Only moderators (who may manage messages) can do that.
refusal-ban-self = You cannot ban yourself from ordering.
refusal-ban-already = They are banned from ordering already.
refusal-ban-none = They are not banned, so they can order.
refusal-unban-self = You cannot lift a ban of your own. Ask somebody else who looks after this server.
refusal-ban-many = { $max } members are banned already, and no more fit. Let somebody back in first.
refusal-ban-manager = They manage this server, so they cannot be banned from ordering by a command.
refusal-ban-bot = Bots cannot order anything, so there is nothing to ban.
refusal-one-of-them = Choose one: a member, a channel, or everything.
