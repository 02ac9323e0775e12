# /usage: what was spent and made.

usage-title = { $whose ->
        [member] Usage of { $user }
       *[server] Usage of this server
    }
usage-period = { $span ->
        [today] Today ({ $label })
        [week] This week ({ $label })
        [last-month] Last month ({ $label })
       *[month] This month ({ $label })
    }
usage-nothing = Nothing was ordered in this time. `/video` and `/image` change that.
usage-picture = What was spent by day and by model, drawn; the numbers are below.
usage-spent = Spent
usage-orders = Orders
usage-success = Success
usage-forecast = Whole month
usage-kind-title = { $kind ->
        [video] Videos
       *[image] Images
    } · { $spent }
usage-kind-value = { $count } made{ $rate ->
        [none] {""}
       *[other] {" "}· { $rate }
    }{ $wait ->
        [none] {""}
       *[other] {" "}· usually { $wait }
    }
usage-number = { $count }
usage-by-day = Spent by day
usage-by-member = By member
usage-by-model = By model
usage-day-budget = Limit for a day: { $budget }
usage-of-budget = { $spent } of { $budget }
usage-unsure = ≈ and pale: estimated, or unclear, because Oxen has not said what it cost
usage-line-spent = **{ $spent }** for { $count ->
        [one] one order
       *[other] { $count } orders
    }{ $reserved ->
        [none] .
       *[other] ; { $reserved } of it is reserved for what is under way.
    }
usage-line-unclear = ❔ { $amount } of it is unclear: Oxen did not say what became of these outputs, so they may have been charged.
usage-line-estimated = ≈ { $amount } of it is estimated: Oxen has not said exactly what these outputs cost.
usage-line-budget = Budget: { $text } ({ $share }).
usage-line-states = ✅ { $ready } ready · ❌ { $failed } failed · 🚫 { $cancelled } cancelled{ $rate ->
        [none] .
       *[other] {" "}· { $rate } of what was tried succeeded.
    }
usage-line-kind = { $kind ->
        [video] 🎬 { $count ->
            [one] One video
           *[other] { $count } videos
        }
       *[image] 🖼️ { $count ->
            [one] One image
           *[other] { $count } images
        }
    } for { $spent }{ $rate ->
        [none] {""}
       *[other] {" "}· { $rate } of what was tried succeeded
    }{ $half ->
        [none] .
       *[other] {" "}· half ready within { $half }, nine of ten within { $most }.
    }
usage-line-held = Sent to Oxen: half within { $half }, nine of ten within { $most }.
usage-line-forecast = 📈 If it goes on like this, the month comes to about { $amount }{ $exhausted ->
        [none] .
       *[other] ; the budget would be used up around { $exhausted }.
    }
usage-line = { $number }. { $name } · { $spent } · { $count ->
        [one] 1 order
       *[other] { $count } orders
    }
usage-more = … and { $count } more.
usage-forgotten = { $spent } was spent by people who have been forgotten since.
usage-seconds = { $number } s
usage-minutes = { $number } min
usage-hours = { $number } h
usage-table = CSV
usage-table-here = Here it is: one line for each thing that was made. It has no prompts in it; times are UTC, amounts US dollars. The column **amount** says what each is: charged (as Oxen told), estimated, unclear or reserved; **estimate** says where the estimate was from.

refusal-others-usage = What others spend is between them and the moderators. `/usage` without a member shows yours.
refusal-table-long = That table would have more than { $max } lines. Please ask for a shorter period, or for one member.

# /limits: what a member may still order.

limits-title = What you may still order here
limits-refused = ⛔ At the moment you cannot order here. { $why }
limits-none = Nothing limits you here. `/video` and `/image` order something.
limits-left = **{ $per ->
        [day] Today
        [month] This month
       *[all] In all
    }: { $left }**{ $resets ->
        [none] {""}
       *[other] {" "}· begins anew { $resets }
    }
limits-money = - { $whose ->
        [server] This server's budget
        [trial] What the owner of this bot gives this server to try it
       *[member] Your own limit{ $role ->
            [none] , as everybody's
           *[other] , as { $role }
        }
    }: { $left } of { $limit } left
limits-orders = - { $count ->
        [0] No more orders of yours
        [one] One more order of yours
       *[other] { $count } more orders of yours
    } today, of { $max } a day{ $role ->
        [none] , as everybody's
       *[other] , as { $role }
    }
limits-in-flight = - { $count ->
        [0] No order of yours is under way
        [one] One order of yours is under way
       *[other] { $count } orders of yours are under way
    }; { $max ->
        [one] one may be at a time
       *[other] { $max } may be at a time
    }
limits-running = - { $max ->
        [one] This server makes one thing at a time; more has to wait for its turn
       *[other] This server makes { $max } things at a time; more has to wait for its turn
    }
limits-longest = - A video has at most { $max ->
        [one] one second
       *[other] { $max } seconds
    }
limits-resolution = - Nothing is larger than { $lines }p
limits-reserved = What is reserved for orders under way counts as spent. Whoever manages this server can change limits in `/settings`.

# /history: what was ordered once.

history-title = { $whose ->
        [member] History
       *[server] History of this server
    }{ $words ->
        [none] {""}
       *[other] : “{ $words }”
    }
history-none = { $more ->
        [yes] Nothing here yet. There is more to look through: turn the page.
       *[no] Nothing was found.
    }
history-line = { $kind ->
        [video] 🎬
       *[image] 🖼️
    } { $link } · { $model } · { $states } · { $cost ->
        [none] price not known
       *[other] { $cost }
    } · { $age }{ $user ->
        [none] {""}
       *[other] {" "}· { $user }
    }
history-option = { $order } · { $words }
history-open = Open one, and get its results back
history-newer = Newer
history-older = Older
history-back = Back
history-forgotten = (the prompt was deleted)
history-no-words = No prompt.
history-somebody = somebody who was forgotten
history-facts = Ordered by { $user }, { $when } · { $cost ->
        [none] price not known
       *[other] { $cost }
    }
history-output = { $ordinal }. { $state }
history-link = No. { $ordinal }: [open it]({ $url }). The link lasts for a while; come back for a new one.
history-link-covered = No. { $ordinal } shows what was covered: ||<{ $url }>||. The link lasts for a while; come back for a new one.
history-gone = No. { $ordinal } cannot be downloaded any more: the post is gone, and so is Oxen's link. It may still be in the namespace { $namespace } on Oxen.ai.
history-later = No. { $ordinal } cannot be fetched at the moment, because Oxen cannot be reached. Please try again in a minute.
history-alone = No. { $ordinal } does not fit in here. Ask for it alone: `/history` with its id.

refusal-others-history = What others have made is for them and for moderators to look through. `/history` without a member shows yours.
refusal-others-order = “{ $given }” was ordered by somebody else. They and the moderators can bring it back.
refusal-order-not-found = I do not know “{ $given }” in this server. Pick one from the list under **id**, or type the six characters below a result.

# The weekly summary in the log channel.

notice-weekly = ### Week { $week }
    💵 **{ $spent }** for { $count ->
        [one] one order
       *[other] { $count } orders
    } · ✅ { $ready } ready · ❌ { $failed } failed · 🚫 { $cancelled } cancelled{ $rate ->
        [none] {""}
       *[other] {" "}· { $rate } succeeded
    }
    { $half ->
        [none] Nothing was finished.
       *[other] Half were ready within { $half } s, nine of ten within { $most } s.
    }
    Most was spent with { $model ->
        [none] no model
       *[other] { $model }
    }{ $member ->
        [none] .
       *[other] {" "}and by <@{ $member }>.
    }
