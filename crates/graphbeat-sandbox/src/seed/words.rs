//! The texts that seeded content is made of.

/// Somebody outside of the tenant who writes newsletters, invoices and offers.
pub(super) struct Sender {
    pub(super) name: &'static str,
    pub(super) address: &'static str,
}

/// Subject and body of a mail; `{me}` is the owner's first name, `{them}` the sender's.
pub(super) struct Letter {
    pub(super) subject: &'static str,
    pub(super) body: &'static str,
    /// What the owner answered, for a thread.
    pub(super) answer: Option<&'static str>,
}

pub(super) const COLLEAGUES_WRITE: &[Letter] = &[
    Letter {
        subject: "Quarterly review: draft agenda",
        body: "Hi {me},</p><p>here is the draft agenda for the quarterly review. Please add what your team wants to show, and tell me whether 45 minutes are enough.",
        answer: Some("Thanks, 45 minutes are fine. I added the numbers of the Nordic region as point 3."),
    },
    Letter {
        subject: "Onboarding of the new colleague",
        body: "Hello {me},</p><p>our new colleague starts on Monday. The laptop is ordered; could you prepare the accounts and a desk near the team?",
        answer: Some("Accounts are done, the desk is beside the window on floor 2."),
    },
    Letter {
        subject: "Budget 2027, second round",
        body: "{me},</p><p>finance asks for a second round with ten percent less travel. I put my proposal into the workbook on OneDrive. Can you look at lines 14 to 22?",
        answer: Some("Looked at it: line 18 is too low, the trade fair alone costs that much."),
    },
    Letter {
        subject: "Release notes 4.2",
        body: "Hi {me},</p><p>the release notes for 4.2 are ready for a last reading. The change about time zones deserves a screenshot, I think.",
        answer: None,
    },
    Letter {
        subject: "Office closed on Friday afternoon",
        body: "Hi all,</p><p>the electricians come on Friday at 13:00. The office is closed from then on; please take your laptops home.",
        answer: None,
    },
    Letter {
        subject: "Customer visit next week",
        body: "Hello {me},</p><p>Fabrikam visits us on Wednesday, four people. I booked the large room and lunch. Would you give the tour of the lab?",
        answer: Some("With pleasure. Please send me the names for the badges."),
    },
    Letter {
        subject: "Photos of the summer party",
        body: "Hi,</p><p>the photos are in the shared folder now. If you do not want to be seen, tell me and I take yours out.",
        answer: None,
    },
    Letter {
        subject: "Question about the data export",
        body: "{me},</p><p>the export of last night has 1,204 rows, the one before 1,310. Is the filter for closed orders new?",
        answer: Some("Yes, since Tuesday. I will add the closed ones in a second sheet."),
    },
    Letter {
        subject: "Travel request Kuala Lumpur",
        body: "Hello {me},</p><p>please approve my travel request for the partner days in Kuala Lumpur. Flight and hotel are within the limits.",
        answer: None,
    },
    Letter {
        subject: "Minutes: architecture board",
        body: "Dear all,</p><p>minutes of today's board are below. Decisions: keep the queue, drop the nightly copy, measure the cache before we change it.",
        answer: None,
    },
    Letter {
        subject: "周会纪要",
        body: "{me}，你好：</p><p>本周例会纪要见附件，请在周五前确认各自的行动项。",
        answer: None,
    },
    Letter {
        subject: "Réunion de suivi du projet",
        body: "Bonjour {me},</p><p>je propose de déplacer la réunion de suivi à jeudi 10 h. Est-ce que cela vous convient ?",
        answer: None,
    },
];

pub(super) const NEWSLETTERS: &[(Sender, Letter)] = &[
    (
        Sender { name: "Northwind Traders", address: "news@northwindtraders.com" },
        Letter {
            subject: "New in November: coffee from Yirgacheffe",
            body: "Dear customer,</p><p>our November box brings a washed Yirgacheffe with notes of bergamot, and free shipping above 40 euros.",
            answer: None,
        },
    ),
    (
        Sender { name: "Adatum Research", address: "digest@adatum.com" },
        Letter {
            subject: "Weekly digest: cloud cost management",
            body: "This week:</p><ul><li>Five ways to read a bill</li><li>Idle machines, found by tag</li><li>Webinar on Thursday</li></ul><p>Unsubscribe at any time.",
            answer: None,
        },
    ),
    (
        Sender { name: "Tailspin Toys", address: "hello@tailspintoys.com" },
        Letter {
            subject: "Your wish list is on sale",
            body: "Hello,</p><p>two things on your wish list cost less this week: the wooden crane and the marble run.",
            answer: None,
        },
    ),
    (
        Sender { name: "Woodgrove Bank", address: "service@woodgrovebank.com" },
        Letter {
            subject: "Your statement is ready",
            body: "Your monthly statement is ready in online banking. For your safety this mail contains no links.",
            answer: None,
        },
    ),
    (
        Sender { name: "Contoso Cafeteria", address: "cafeteria@contoso.com" },
        Letter {
            subject: "Menu of the week",
            body: "Monday: lentil soup</p><p>Tuesday: bibimbap</p><p>Wednesday: lasagne</p><p>Thursday: dal makhani</p><p>Friday: fish and chips",
            answer: None,
        },
    ),
];

pub(super) const INVOICES: &[Sender] = &[
    Sender { name: "Fabrikam Accounts", address: "billing@fabrikam.com" },
    Sender { name: "Litware Invoicing", address: "invoices@litwareinc.com" },
    Sender { name: "Proseware Support", address: "accounts@proseware.com" },
];

/// Subject, weekday offset of the next one, hour of the start (UTC), minutes, place, whether people come.
pub(super) struct Meeting {
    pub(super) subject: &'static str,
    pub(super) hour: i8,
    pub(super) minutes: i64,
    pub(super) place: &'static str,
    pub(super) guests: usize,
    pub(super) show_as: &'static str,
    pub(super) body: &'static str,
}

pub(super) const MEETINGS: &[Meeting] = &[
    Meeting {
        subject: "Project sync",
        hour: 9,
        minutes: 30,
        place: "Microsoft Teams Meeting",
        guests: 3,
        show_as: "busy",
        body: "Status, risks, next steps.",
    },
    Meeting {
        subject: "Budget review",
        hour: 13,
        minutes: 60,
        place: "Conf Room Adams",
        guests: 2,
        show_as: "busy",
        body: "Second round, lines 14 to 22.",
    },
    Meeting { subject: "Dentist", hour: 15, minutes: 45, place: "", guests: 0, show_as: "oof", body: "" },
    Meeting {
        subject: "Interview: platform engineer",
        hour: 10,
        minutes: 60,
        place: "Conf Room Baker",
        guests: 2,
        show_as: "busy",
        body: "CV is in the folder. Please ask about operations.",
    },
    Meeting {
        subject: "Focus time",
        hour: 7,
        minutes: 120,
        place: "",
        guests: 0,
        show_as: "tentative",
        body: "No meetings, please.",
    },
    Meeting {
        subject: "Lunch with Fabrikam",
        hour: 12,
        minutes: 75,
        place: "Fourth Coffee",
        guests: 1,
        show_as: "busy",
        body: "Table for four, booked under Contoso.",
    },
    Meeting {
        subject: "Release rehearsal",
        hour: 14,
        minutes: 90,
        place: "Microsoft Teams Meeting",
        guests: 4,
        show_as: "busy",
        body: "Walk through the checklist, then roll back once.",
    },
    Meeting {
        subject: "Working from home",
        hour: 8,
        minutes: 480,
        place: "",
        guests: 0,
        show_as: "workingElsewhere",
        body: "",
    },
];

/// Given name, surname, company, job, mail domain, country, city.
pub(super) const CONTACTS: &[[&str; 7]] = &[
    ["Amina", "Okafor", "Fabrikam, Inc.", "Head of Purchasing", "fabrikam.com", "Nigeria", "Lagos"],
    ["Jonas", "Lindqvist", "Litware, Inc.", "Account Manager", "litwareinc.com", "Sweden", "Göteborg"],
    ["Priya", "Raghavan", "Adatum Corporation", "Analyst", "adatum.com", "India", "Chennai"],
    ["Carlos", "Mendoza", "Northwind Traders", "Warehouse Lead", "northwindtraders.com", "Mexico", "Puebla"],
    ["Mei", "Tanaka", "Proseware, Inc.", "Support Engineer", "proseware.com", "Japan", "Kyoto"],
    ["Sofia", "Rossi", "Wingtip Toys", "Designer", "wingtiptoys.com", "Italy", "Torino"],
    ["伟", "陈", "Tailspin Toys", "采购经理", "tailspintoys.com", "China", "上海"],
    ["Ingrid", "Halvorsen", "Alpine Ski House", "Owner", "alpineskihouse.com", "Norway", "Lillehammer"],
    ["Tomasz", "Nowak", "Woodgrove Bank", "Relationship Manager", "woodgrovebank.com", "Poland", "Kraków"],
    ["Leila", "Haddad", "Fourth Coffee", "Events", "fourthcoffee.com", "Lebanon", "Beirut"],
];

/// Title, status, importance, steps.
pub(super) struct Chore {
    pub(super) title: &'static str,
    pub(super) status: &'static str,
    pub(super) importance: &'static str,
    pub(super) steps: &'static [&'static str],
}

pub(super) const CHORES: &[Chore] = &[
    Chore {
        title: "Send the quarterly figures",
        status: "notStarted",
        importance: "high",
        steps: &["Collect from regions", "Check the totals", "Send to finance"],
    },
    Chore {
        title: "Renew the TLS certificate of the demo site",
        status: "inProgress",
        importance: "normal",
        steps: &[],
    },
    Chore { title: "Book flights for the partner days", status: "waitingOnOthers", importance: "normal", steps: &[] },
    Chore { title: "Read the draft of the security policy", status: "notStarted", importance: "low", steps: &[] },
    Chore {
        title: "Order badges for the visitors",
        status: "completed",
        importance: "normal",
        steps: &["Names", "Photos"],
    },
];

pub(super) const SHOPPING: &[&str] = &["Coffee beans", "Printer paper", "Whiteboard markers", "Adapters USB-C to HDMI"];

/// Section and its pages: title and text.
pub(super) const NOTES: &[(&str, &[(&str, &str)])] = &[
    (
        "Meetings",
        &[
            ("Project sync", "Decided: the export runs nightly, the filter stays. Open: who owns the dashboard?"),
            ("Architecture board", "Keep the queue. Drop the nightly copy. Measure the cache before changing it."),
        ],
    ),
    (
        "Ideas",
        &[
            (
                "Better onboarding",
                "A checklist for each role, and one person who answers questions in the first two weeks.",
            ),
            ("Lab tour", "Start at the test bench, end at the window: the light is best after 15:00."),
        ],
    ),
    ("Reading", &[("Books", "The Design of Everyday Things; Thinking in Systems; 三体.")]),
];
