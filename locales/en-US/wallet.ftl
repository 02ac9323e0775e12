# What a server's wallet and rules say no to, and what the forms of its rules cannot take.

refusal-banned = The people who run this server have switched off orders for you. Please talk to a moderator.
refusal-queue-drained = This server takes no new orders at the moment; what is ordered already goes on. Please try again later.
refusal-channel = I do not take orders in this channel. You can order in { $allowed }.
refusal-role = To order here you need one of these roles: { $allowed }. Please ask a moderator.
refusal-channel-deleted = The channels where orders were taken here have been deleted, so nobody can order at the moment. Someone who may manage the server can choose others in `/settings`, under “Who may order, and where”.
refusal-role-deleted = The role that could order here has been deleted, so nobody can order at the moment. Someone who may manage the server can choose another in `/settings`, under “Who may order, and where”.
refusal-quiet = This server is quiet at this hour. You can order again <t:{ $ends }:R>, from <t:{ $ends }:t>.
refusal-model-not-allowed = This server does not offer **{ $model }**. Pick another one from the list under **model**.
refusal-model-age-restricted = **{ $model }** can be used in age-restricted channels only. Use one, or pick another model.
refusal-limit-length-open = **{ $model }** would choose the length itself, and you may order at most { $max ->
        [one] one second
       *[other] { $max } seconds
    }. Please set **duration**.
refusal-limit-length = You may order at most { $max ->
        [one] one second
       *[other] { $max } seconds
    } here, not { $given }. Please choose a shorter **duration**.
refusal-limit-resolution = You may order at most { $allowed } here, not { $given }. Please choose a lower resolution.
refusal-limit-running =
    { $max ->
        [one] This server makes one thing at a time, so { $given } in one order do not fit. Please order one.
       *[other] This server makes { $max } things at a time, so { $given } in one order do not fit. Please order at most { $max }.
    }
refusal-prompt-blocked = This server does not want “{ $word }” in prompts. Nothing was ordered or charged; please put it differently.
refusal-prompt-age-restricted = This server allows “{ $word }” in age-restricted channels only. Use one, or put it differently.
refusal-price-unknown = Nobody knows beforehand what **{ $model }** costs, and this server orders nothing without a price. Pick another model.
refusal-limit-in-flight =
    { $max ->
        [one] You have an order under way, and that is as many as you may have. Wait until it is over, or cancel it.
       *[other] You have { $max } orders under way, and that is as many as you may have. Wait until one is over, or cancel one.
    }
refusal-limit-per-day =
    { $max ->
        [one] You have ordered once today, and that is as often as you may. You can order again <t:{ $resets }:R>.
       *[other] You have ordered { $max } times today, and that is as often as you may. You can order again <t:{ $resets }:R>.
    }
refusal-limit-member-month = You may spend { $limit } a month here, and { $left } of it is left. { $source ->
        [ceiling] This model's price is not known, so { $cost } would be set aside.
       *[other] This would cost { $cost }.
    } Your month begins anew <t:{ $resets }:R>.
refusal-limit-member-day = You may spend { $limit } a day here, and { $left } of it is left. { $source ->
        [ceiling] This model's price is not known, so { $cost } would be set aside.
       *[other] This would cost { $cost }.
    } Your day begins anew <t:{ $resets }:R>.
refusal-limit-guild-month = This server's budget is { $limit } a month, and { $left } of it is left. { $source ->
        [ceiling] This model's price is not known, so { $cost } would be set aside.
       *[other] This would cost { $cost }.
    } The month begins anew <t:{ $resets }:R>.
refusal-limit-guild-day = This server's budget is { $limit } a day, and { $left } of it is left. { $source ->
        [ceiling] This model's price is not known, so { $cost } would be set aside.
       *[other] This would cost { $cost }.
    } The day begins anew <t:{ $resets }:R>.
limit-raised = Somebody who manages this server can raise that in `/settings`.

refusal-confirmation-unknown = I do not know that order any more. Nothing was ordered; please order again.
refusal-confirmation-not-yours = Only the person who wants to order this can say yes or no to its price.
refusal-confirmation-manager = Only somebody who manages this server can agree to an order whose price nobody knows.
refusal-confirmation-lapsed = This has waited for a yes for too long, so nothing was ordered and nothing paid. Please order again.
refusal-confirmation-withdrawn = You have said no to this already. Nothing was ordered; please order again if you changed your mind.

refusal-not-waiting = That order does not wait in this server's queue any more, so it cannot be moved.
refusal-place = There is no place { $given } in a queue; the first is 1.

refusal-amount = “{ $given }” is not an amount. Use digits, for example 25 or 12.50; leave it empty for no limit.
refusal-amount-range = “{ $given }” cannot be a limit: it has to be more than 0 and at most { $max }. Leave it empty for no limit; to stop all orders, pause or drain the queue.
refusal-whole-number = “{ $given }” will not do: use a whole number from 1 to { $max }, or leave it empty for no limit.
refusal-time-zone = I do not know the time zone “{ $given }”. Type it as Europe/Berlin or America/New_York.
refusal-time-zone-offset = “{ $given }” does not say when the clocks change. Type a city instead, as Europe/Berlin or America/New_York.
refusal-time-zone-near = “{ $given }” is not a place, or not just one. Did you mean { $near }? Type it like that.
refusal-quiet-hours = I cannot read “{ $given }” as hours. Type them as 22-7 or 22:30-06:00, or leave it empty for none.
refusal-pattern-shape = “{ $given }” will not do. A pattern is a word, or several, with letters and digits; * stands for any letters, twice in a word at most.
refusal-pattern-everything = “{ $given }” would match every prompt. Put letters beside the *.
refusal-pattern-long = “{ $given }…” is too long for a pattern; at most { $max } characters fit.
refusal-patterns-many = Those are { $count } patterns; at most { $max } fit.
