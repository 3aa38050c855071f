//! The people of the tenant: names of many cultures, jobs and offices.

use graphbeat_base::Rng;

/// Given name, surname, country, usage location, language.
pub(super) const PEOPLE: &[(&str, &str, &str, &str, &str)] = &[
    ("Megan", "Bowen", "United States", "US", "en-US"),
    ("Lidia", "Holloway", "United States", "US", "en-US"),
    ("Adele", "Vance", "United States", "US", "en-US"),
    ("Wei", "Zhang", "China", "CN", "zh-CN"),
    ("Priya", "Raghunathan", "India", "IN", "en-IN"),
    ("Mateo", "Gómez", "Spain", "ES", "es-ES"),
    ("Aisha", "Okonkwo", "Nigeria", "NG", "en-NG"),
    ("Johanna", "Lorenz", "Germany", "DE", "de-DE"),
    ("Yuki", "Tanaka", "Japan", "JP", "ja-JP"),
    ("Pradeep", "Gupta", "India", "IN", "en-IN"),
    ("Grady", "Archie", "Canada", "CA", "en-CA"),
    ("Chloé", "Lefèvre", "France", "FR", "fr-FR"),
    ("Diego", "Siciliani", "Italy", "IT", "it-IT"),
    ("Miriam", "Graham", "Ireland", "IE", "en-IE"),
    ("Henrietta", "Mueller", "Switzerland", "CH", "de-CH"),
    ("Min-jun", "Kim", "South Korea", "KR", "ko-KR"),
    ("Fatima", "Al-Sayed", "Egypt", "EG", "ar-EG"),
    ("Isaiah", "Langer", "United States", "US", "en-US"),
    ("Nestor", "Wilke", "Denmark", "DK", "da-DK"),
    ("Olivia", "Nguyen", "Vietnam", "VN", "vi-VN"),
    ("Patti", "Fernandez", "Mexico", "MX", "es-MX"),
    ("Katarzyna", "Nowak", "Poland", "PL", "pl-PL"),
    ("Lynne", "Robbins", "Australia", "AU", "en-AU"),
    ("Alex", "Wilber", "United Kingdom", "GB", "en-GB"),
    ("Joni", "Sherman", "New Zealand", "NZ", "en-NZ"),
];

/// Departments and the jobs in them, the manager's first.
pub(super) const DEPARTMENTS: &[(&str, &[&str])] = &[
    ("Executive Management", &["President", "Executive Assistant"]),
    ("Engineering", &["Director of Engineering", "Software Engineer", "Senior Engineer", "Test Engineer"]),
    ("Marketing", &["Marketing Manager", "Marketing Assistant", "Product Marketing Manager"]),
    ("Sales", &["Sales Director", "Account Executive", "Sales Associate"]),
    ("Finance", &["Finance Director", "Accountant", "Payroll Specialist"]),
    ("Human Resources", &["HR Manager", "Recruiter"]),
    ("Legal", &["Corporate Counsel", "Paralegal"]),
    ("Operations", &["Operations Manager", "Facilities Coordinator", "Buyer"]),
];

/// Cities with an office: city, street, postal code, state.
pub(super) const OFFICES: &[(&str, &str, &str, &str)] = &[
    ("Seattle", "1 Harbor Way", "98101", "WA"),
    ("Shanghai", "88 Century Avenue", "200120", "Shanghai"),
    ("Dublin", "14 Merrion Row", "D02 X285", "Leinster"),
    ("Pune", "7 Baner Road", "411045", "MH"),
    ("Munich", "Lindwurmstraße 23", "80337", "Bavaria"),
];

/// The given name and surname of the user at a place: the list first, then mixtures of it.
pub(super) fn name(
    place: usize,
    rng: &mut Rng,
) -> (&'static str, &'static str, &'static (&'static str, &'static str, &'static str, &'static str, &'static str)) {
    match PEOPLE.get(place) {
        Some(person) => (person.0, person.1, person),
        None => {
            let given = rng.pick(PEOPLE).unwrap_or(&PEOPLE[0]);
            let family = rng.pick(PEOPLE).unwrap_or(&PEOPLE[0]);
            (given.0, family.1, family)
        }
    }
}

/// A name's letters as an address takes them: lower case, without accents.
pub(super) fn address_letters(name: &str) -> String {
    let plain = |letter: char| match letter {
        'é' | 'è' | 'ê' => 'e',
        'ó' | 'ö' => 'o',
        'á' | 'ä' => 'a',
        'ü' => 'u',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(plain).filter(char::is_ascii_alphanumeric).collect()
}
